// What people say on the telephone and what staff note after it.

interface Talk {
  purpose: string
  direction: 'inbound' | 'outbound'
  with: ('lead' | 'customer' | 'stranger')[]
  by: 'Sales' | 'Support'
  /** How it ended, and what was noted of it. */
  ends: [outcome: string, summary: string][]
  /** Seconds, from and to. */
  length: [least: number, most: number]
}

export const talks: Talk[] = [
  {
    purpose: 'First enquiry',
    direction: 'inbound',
    with: ['lead', 'stranger'],
    by: 'Sales',
    ends: [
      [
        'Offer wanted',
        '{first} of {company} asks for managed IT for {seats} people. The contract ends next quarter. Wants an offer by {day}.'
      ],
      [
        'Interested',
        'Enquiry about a telephone system, {seats} extensions, ringing at the desk and on the mobile. Sending the price list.'
      ],
      ['Visit agreed', 'Wants somebody to look at the network before anything else. Visit on {day} at ten.'],
      ['No need', 'Was looking for repairs of private computers, which we do not do. Named two shops.']
    ],
    length: [120, 900]
  },
  {
    purpose: 'Follow-up on offer',
    direction: 'outbound',
    with: ['lead'],
    by: 'Sales',
    ends: [
      [
        'Thinking about it',
        '{first} has read the offer and shows it to the partners on {day}. Questions about the notice period answered.'
      ],
      ['Wants changes', 'They would like payment by quarter and two hours less for the set-up. Sending a new version.'],
      ['Accepted', 'They take it, beginning on the first of the month. {first} sends the signed offer by {day}.'],
      ['Declined', 'Our price was the highest of three. Asked to be called again in a year.']
    ],
    length: [90, 700]
  },
  {
    purpose: 'Appointment',
    direction: 'outbound',
    with: ['lead', 'customer'],
    by: 'Sales',
    ends: [
      ['Agreed', 'Visit on {day} at ten, {address}. Ask for {first} at reception.'],
      ['Moved', 'Moved by a week to {day}, {first} is ill.'],
      ['Call again', 'No time before the end of the month. Calling again on {day}.']
    ],
    length: [40, 240]
  },
  {
    purpose: 'Support',
    direction: 'inbound',
    with: ['customer'],
    by: 'Support',
    ends: [
      ['Solved', 'Cannot print since the update. Restarted the queue together, prints again.'],
      ['Solved', 'Asked how to forward calls during the holiday. Shown in the phone page.'],
      ['Solved', 'Mail on the new phone: set up together, took ten minutes.'],
      ['Ticket opened', 'Wi-Fi in meeting room 2 is weak. Ticket opened, somebody has to measure there.'],
      ['Passed on', 'Needs two more laptops by {day}. Passed on to sales.']
    ],
    length: [60, 1500]
  },
  {
    purpose: 'Invoice',
    direction: 'inbound',
    with: ['customer'],
    by: 'Support',
    ends: [
      ['Passed on', 'Question about one seat too many on the last invoice. Passed on to billing.'],
      ['Solved', 'New address for invoices noted: {address}.']
    ],
    length: [60, 400]
  },
  {
    purpose: 'Call back',
    direction: 'outbound',
    with: ['lead', 'customer', 'stranger'],
    by: 'Sales',
    ends: [
      ['Voicemail', 'Left a message on the voicemail.'],
      ['Not reached', 'Nobody answered, trying again on {day}.'],
      ['Reached', 'Reached {first}, has time on {day}.']
    ],
    length: [15, 180]
  },
  {
    purpose: 'Check-in',
    direction: 'outbound',
    with: ['customer'],
    by: 'Sales',
    ends: [
      ['All well', '{first} praises how quickly tickets are answered. Two new colleagues next month.'],
      ['Wants more seats', 'Three more workplaces from next quarter on. Offer by {day}.'],
      ['Complaint', 'Mostly content, but invoices could be clearer. Passed on to billing.']
    ],
    length: [120, 800]
  }
]

export const transcript = [
  '{agent}: Good morning, you are speaking with {agent}.',
  '{first}: Good morning, {name} of {company}. I am calling about your offer.',
  '{agent}: Thank you for calling back. Were there any questions left?',
  '{first}: Two, really. How soon could you begin, and can we pay by quarter?',
  '{agent}: We could begin in three weeks, and paying by quarter is no problem.',
  '{first}: Then send me the new version, and I will bring it to the meeting on {day}.'
].join('\n')

export const leadNotes = [
  'Called {first}: friendly, decides alone. Wants an offer for {seats} seats until {day}.',
  'Left a message on the voicemail and sent a short mail.',
  'Met {first} at the trade fair. Unhappy with the current provider, contract until the end of the year.',
  'Sent references and the price list.',
  'Asked for a call back after {day}, currently short of staff.',
  'Sits in {city}; a visit fits in with the other appointment there.',
  'Has {seats} workplaces, no server, everything in the cloud. Interested in telephones too.',
  'Not reached for the third time. One more try next week, then I let it rest.',
  'Budget is approved. Compares us with one other provider.'
]

export const leadTags = ['telephony', 'website', 'security', 'trade fair', 'recommended', 'newsletter', 'public sector', 'urgent']
export const dealTags = ['renewal', 'upsell', 'tender', 'reference', 'urgent', 'recommended']
