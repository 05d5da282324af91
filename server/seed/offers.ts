// What the firm of the demo sells, and how its people talk about it on a deal.

interface Line {
  name: string
  description: string
  unit: string
  /** Minor units. */
  cost: number
  /** Pieces, from and to; `seats` is as many as the customer has people. */
  count: [least: number, most: number] | 'seats'
}

interface Offer {
  /** Stands in a title before or after the firm's name. */
  title: string
  lines: Line[]
}

const line = (name: string, description: string, unit: string, cost: number, count: Line['count']): Line => ({
  name,
  description,
  unit,
  cost,
  count
})

const setUp = line('Set-up', 'Plan, move and hand over', 'hour', 95_00, [4, 24])
const training = line('Training', 'In the customer’s rooms, up to ten people', 'session', 420_00, [1, 3])

export const offers: Offer[] = [
  {
    title: 'managed IT',
    lines: [
      line('Managed workplace', 'Support, updates and backup, a year', 'seat', 468_00, 'seats'),
      setUp,
      line('Documentation', 'Network, accounts, contracts', 'piece', 650_00, [1, 1])
    ]
  },
  {
    title: 'telephone system',
    lines: [
      line('Extension', 'With mobile and desktop client, a year', 'seat', 132_00, 'seats'),
      line('Desk phone', 'With cable and stand', 'piece', 89_90, [2, 20]),
      line('Number porting', 'From the current provider', 'block', 150_00, [1, 2]),
      training
    ]
  },
  {
    title: 'new website',
    lines: [
      line('Design and build', 'Up to twelve pages, for phone and desktop', 'project', 5400_00, [1, 1]),
      line('Texts', 'Written with the customer', 'page', 180_00, [4, 12]),
      line('Hosting and care', 'Updates, backup, small changes, a year', 'year', 720_00, [1, 3])
    ]
  },
  {
    title: 'office move',
    lines: [
      line('Cabling', 'Double socket, tested', 'socket', 142_50, [10, 60]),
      line('Wi-Fi access point', 'Mounted and measured', 'piece', 310_00, [2, 9]),
      line('Moving day', 'Two people on site', 'day', 1480_00, [1, 2])
    ]
  },
  {
    title: 'laptops',
    lines: [
      line('Laptop 14 inches', '32 GB, 1 TB, three years on-site service', 'piece', 1249_00, 'seats'),
      line('Docking station', 'Two screens, network, 100 W', 'piece', 189_00, [2, 12]),
      line('Ready to use', 'Programs, accounts, delivery to the person', 'piece', 85_00, 'seats')
    ]
  },
  {
    title: 'backup and restore',
    lines: [
      line('Backup', 'Server or cloud account, a year', 'unit', 240_00, [3, 30]),
      line('Restore test', 'With a report, twice a year', 'test', 390_00, [1, 2]),
      setUp
    ]
  },
  {
    title: 'security check',
    lines: [
      line('Security check', 'Interview, scan, list of measures', 'piece', 1900_00, [1, 1]),
      line('Two-step sign-in', 'Introduced with everybody', 'seat', 24_00, 'seats'),
      training
    ]
  },
  {
    title: 'network renewal',
    lines: [
      line('Switch', '48 ports, with care for five years', 'piece', 1120_00, [1, 6]),
      line('Firewall', 'With remote access and reports', 'piece', 980_00, [1, 2]),
      setUp
    ]
  },
  {
    title: 'cloud migration',
    lines: [
      line('Migration', 'Mail, calendars, files, with a rehearsal', 'seat', 75_00, 'seats'),
      line('Licence', 'Office and mail, a year', 'seat', 151_20, 'seats'),
      training
    ]
  },
  {
    title: 'support by the hour',
    lines: [line('Hours in advance', 'Valid for two years', 'hour', 98_00, [10, 50])]
  }
]

export const lostReasons = [
  'Price: chose a cheaper offer',
  'Stays with the current provider',
  'No decision, project postponed to next year',
  'Hired somebody of their own',
  'Wanted a provider in the same town',
  'No answer after three calls',
  'Needed it sooner than we could deliver'
]

export const comments = [
  'Spoke with {first}. They decide in a meeting on {day}.',
  'Sent the offer, {first} asked for two changes: fewer hours, and payment by quarter.',
  'The current contract ends in three months, so there is time for a clean handover.',
  '{first} wants to see a reference of the same size. I suggest one of our accounting firms.',
  'Visited them today. {seats} people, one server, no documentation at all.',
  'Can somebody of support look at the network plan before I quote?',
  'Looked at it: two switches have to go, the cabling can stay.',
  'Price is fine for them, the date is not. Could we begin two weeks earlier?',
  'We can, if we order by {day}.',
  'Second decision maker joined: finance. Prepared a one-page comparison over three years.',
  'Reminder sent. {first} is on holiday until {day}.',
  'They like the telephone part most, I would lead with it.'
]

export const dealNotes = [
  'Decides together with the finance manager. Prefers calls in the morning.',
  'Came by recommendation of a customer. Price matters less than quick answers.',
  'Two competing offers. Strong point for us: a named person in support.',
  'Wants to start small and grow later.'
]
