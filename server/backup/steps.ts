/** How far a long piece of work is: so many more of `total` are done. */
export interface Steps {
  begin(total: number): Promise<void>
  add(done: number): void
}

export const silently: Steps = { begin: async () => {}, add: () => {} }
