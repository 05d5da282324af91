// What people say on the telephone and what staff note after it.

interface Talk {
  purpose: string
  direction: 'inbound' | 'outbound'
  outcomes: string[]
  summaries: string[]
  /** Seconds, from and to. */
  length: [number, number]
}

export const talks: Talk[] = [
  {
    purpose: 'First enquiry',
    direction: 'inbound',
    outcomes: ['Interested', 'Offer wanted', 'Visit agreed'],
    summaries: [
      '{first} of {company} asks for managed IT for {seats} people. The current contract ends next quarter. Wants an offer by {day}.',
      'Enquiry about a telephone system, {seats} extensions. Important: ringing at the desk and on the mobile. Sending the price list.'
    ],
    length: [120, 900]
  },
  {
    purpose: 'Follow-up on offer',
    direction: 'outbound',
    outcomes: ['Thinking about it', 'Accepted', 'Wants changes', 'Declined'],
    summaries: [
      '{first} has read the offer and shows it to the partners on {day}. Questions about the notice period answered.',
      'They would like payment by quarter and two hours less for the set-up. Sending a new version.',
      'Our price is in the middle of three. {first} values that support is reachable by phone.'
    ],
    length: [90, 700]
  },
  {
    purpose: 'Appointment',
    direction: 'outbound',
    outcomes: ['Agreed', 'Moved', 'Call again'],
    summaries: ['Visit on {day} at ten, {address}. Ask for {first} at reception.', 'Moved by a week, {first} is ill.'],
    length: [40, 240]
  },
  {
    purpose: 'Support',
    direction: 'inbound',
    outcomes: ['Solved', 'Ticket opened', 'Passed on'],
    summaries: [
      'Cannot print since the update. Restarted the queue together, prints again.',
      'Asked how to forward calls during the holiday. Shown in the phone page.',
      'Mail on the new phone: set up together, took ten minutes.',
      'Wi-Fi in meeting room 2 is weak. Ticket opened, somebody has to measure there.'
    ],
    length: [60, 1500]
  },
  {
    purpose: 'Invoice',
    direction: 'inbound',
    outcomes: ['Solved', 'Passed on'],
    summaries: ['Question about one seat too many, checking with billing.', 'New address for invoices noted.'],
    length: [60, 400]
  },
  {
    purpose: 'Call back',
    direction: 'outbound',
    outcomes: ['Reached', 'Not reached', 'Voicemail'],
    summaries: [
      'Left a message on the voicemail.',
      'Nobody answered, trying again on {day}.',
      'Reached {first}, has time on {day}.'
    ],
    length: [15, 180]
  },
  {
    purpose: 'Check-in',
    direction: 'outbound',
    outcomes: ['All well', 'Wants more seats', 'Complaint'],
    summaries: [
      'All well. {first} praises how quickly tickets are answered. Two new colleagues next month.',
      'Mostly content. Invoices could be clearer, passed on to billing.'
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
