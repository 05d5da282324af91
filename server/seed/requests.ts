// What customers ask for help with, and how it goes on. A conversation's messages take turns: customer, staff, customer, …

interface Request {
  department: 'Support' | 'Billing' | 'Sales'
  /** 1 Low, 2 Medium, 3 High, or none. */
  priority: 1 | 2 | 3 | null
  subjects: string[]
  talk: string[]
}

export const requests: Request[] = [
  {
    department: 'Support',
    priority: 3,
    subjects: ['Nobody can print', 'Printer {device} offline', 'The printer is on fire (not really)'],
    talk: [
      'Hello,\n\nsince this morning nobody can print. {device} shows "offline" on every computer, although it is on and has paper. We have contracts to sign at noon, so this is urgent.\n\n{name}',
      'Hello {first},\n\nthe print server lost its address after the update last night. I have given it the old one again. Please switch {device} off, wait ten seconds, and try one page.\n\n{agent}',
      'It prints again, but the scans do not arrive by mail.',
      'Scanning used the old mail server. I have entered the new one and sent you a test scan: it should be in your inbox.\n\n{agent}',
      'Arrived. Thank you for the quick help!'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['Cannot sign in to mail', 'Password expired, page does not open', 'Locked out of my account'],
    talk: [
      'Good morning,\n\nI was asked to change my password and now I cannot sign in any more, neither in the browser nor on the phone. It says that the account is locked.\n\nBest regards\n{name}',
      'Good morning {first},\n\nyour phone still tries the old password and locks the account each time. I have unlocked it. Please put the phone into flight mode, sign in at your computer, then enter the new password on the phone.\n\n{agent}',
      'That was it. All good now.'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['New colleague starts on {day}', 'Account for a new colleague', 'Laptop for {other}'],
    talk: [
      'Hi,\n\n{other} starts with us on {day} and needs an account, mail, the shared drive and a laptop like mine. Role: same rights as the rest of the team.\n\nThanks\n{name}',
      'Hi {first},\n\nthe account is ready; the first password comes by post, not by mail. The laptop {device} leaves us tomorrow. Shall {other} be in the mail group "all"?\n\n{agent}',
      'Yes please, and in "sales" too.',
      'Done, both groups. Have a good start on {day}!\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 1,
    subjects: ['Shared mailbox for invoices', 'Could we have an invoices@ address?'],
    talk: [
      'Hello,\n\nwe would like an address for incoming invoices that three of us can read. Is that possible without another licence?\n\n{name}',
      'Hello {first},\n\nit is, as a shared mailbox. Who are the three, and may all of them answer from it?\n\n{agent}',
      'Myself, {other} and our bookkeeper. Answering: only me.',
      'Set up just so. It appears in your mail program within the hour; nothing to install.\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 3,
    subjects: ['Internet down at the office', 'No connection since {time}', 'Everything is slow today'],
    talk: [
      'The internet is gone since {time}. Phones do not work either. The box in the cupboard blinks red.',
      'Hello {first}, we see it from here: the line itself is down and the provider has confirmed a fault in your street. I have switched you to the mobile backup, which is slower but will carry mail and phones.\n\n{agent}',
      'OK, we can work. When will it be back?',
      'The provider says by this evening. I will watch it and switch you back after hours.\n\n{agent}',
      'It is back, and fast. Thanks for staying on it.'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['VPN disconnects every few minutes', 'Working from home: VPN unstable'],
    talk: [
      'Hi support,\n\nthe VPN drops every five to ten minutes when I work from home. At the office it is fine. The laptop is {device}.\n\n{name}',
      'Hi {first},\n\nthat often comes from power saving of the Wi-Fi adapter. I have switched it off for {device}; please restart and try for a day.\n\n{agent}',
      'Better, but it happened twice since yesterday.',
      'Then I would like to look at it together. Is {day} at nine all right? It takes fifteen minutes.\n\n{agent}',
      '{day} at nine works.',
      'As discussed: the router hands out a very short lease. We set it to a day, and the connection held for an hour. Please tell us if it comes back.\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['Deleted folder on the shared drive', 'Please restore "Offers {year}"', 'Folder gone'],
    talk: [
      'Hello,\n\nI believe I have moved or deleted the folder "Offers {year}" on the shared drive. It was there yesterday at {time}. Can you bring it back?\n\nSorry!\n{name}',
      'Hello {first}, no need to be sorry. I found it inside "Archive" and in last night\'s backup too. Shall I move it back, or restore the copy beside it?\n\n{agent}',
      'Moving it back is perfect.',
      'It is back in its place, with everything in it.\n\n{agent}'
    ]
  },
  {
    department: 'Billing',
    priority: 1,
    subjects: ['Question about invoice {invoice}', 'Invoice {invoice}: one seat too many', 'Invoice {invoice}'],
    talk: [
      'Dear all,\n\ninvoice {invoice} lists {seats} workplaces. One colleague left at the end of last month and we told you. Could you check, please?\n\nKind regards\n{name}',
      'Dear {first},\n\nyou are right, the note reached us after the invoice run. We have credited one workplace; the corrected invoice {invoice}-A is attached to your customer page.\n\n{agent}',
      'Thank you, received and paid.'
    ]
  },
  {
    department: 'Billing',
    priority: 2,
    subjects: ['Second reminder for a paid invoice', 'Reminder for {invoice} although paid'],
    talk: [
      'Hello,\n\nwe received a second reminder for {invoice}, but paid it two weeks ago. The bank says that it arrived. What is missing?\n\n{name}',
      'Hello {first},\n\nthe payment had no invoice number and waited in our list of unknown payments. I have assigned it now. Please ignore the reminder, and excuse us.\n\n{agent}',
      'Fine, thanks. We will put the number on it next time.'
    ]
  },
  {
    department: 'Billing',
    priority: null,
    subjects: ['New address for invoices', 'We have moved'],
    talk: [
      'Hello,\n\nfrom next month {company} is at a new address: {address}. Please use it for invoices.\n\nRegards\n{name}',
      'Hello {first}, changed, beginning with the next invoice. All the best in the new place!\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 3,
    subjects: ['Strange mail from our boss', 'Phishing? Somebody clicked', 'I think I clicked something bad'],
    talk: [
      'Hello,\n\nthis morning several of us got a mail "from {other}" asking to buy gift cards. The sender looks odd. One of us opened the link before we noticed. What should we do?\n\n{name}',
      'Hello {first},\n\nthank you for telling us at once. I have signed you out everywhere, reset your password and blocked the sender for all of you. Please do not use {device} until I have looked at it; I am connecting now.\n\n{agent}',
      'It is switched on and I am not touching it.',
      'Nothing was installed and nobody has signed in with your account from elsewhere. You can work again. I suggest two-step sign-in for everybody; shall I send a short guide?\n\n{agent}',
      'Yes please. We should have done that long ago.'
    ]
  },
  {
    department: 'Support',
    priority: 1,
    subjects: ['How do I forward my phone?', 'Call forwarding during my holiday'],
    talk: [
      'Hi, I am away from {day} and would like calls to go to {other}, but only those from outside. How do I do that?',
      'Hi {first}, in the phone page choose Forwarding, then External calls, then {other}. Enter the dates and it ends by itself. I have filled it in for you as a draft, you only need to save it.\n\n{agent}',
      'Saved. That is easier than I thought.'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['Meeting room screen stays black', 'Screen in meeting room 2'],
    talk: [
      'The screen in meeting room 2 stays black with every laptop, whatever cable. Customers visit us on {day}.\n\n{name}',
      'Hello {first}, the screen answers us and says "no signal", so it is probably the wall socket. A colleague comes by tomorrow between nine and eleven with a spare one.\n\n{agent}',
      'Perfect, I will be here.',
      'The socket was broken and has been replaced. Tested with two laptops.\n\n{agent}',
      'Works. Thank you!'
    ]
  },
  {
    department: 'Support',
    priority: null,
    subjects: ['Website: opening hours', 'Please change the hours on our website', 'Typo on the website'],
    talk: [
      'Hello,\n\nfrom the first of the month we open at nine instead of eight. Please change it on the website and in the footer.\n\n{name}',
      'Hello {first}, changed in both places, and in the structured data that search engines read.\n\n{agent}'
    ]
  },
  {
    department: 'Sales',
    priority: null,
    subjects: ['Three more workplaces', 'Offer for {seats} laptops', 'Could you quote {seats} laptops?'],
    talk: [
      'Hello,\n\nwe are growing and need {seats} more laptops with docking stations within six weeks. Could you send an offer?\n\nBest regards\n{name}, {company}',
      'Hello {first},\n\nwith pleasure. The same model as last time is still available; the newer one costs about 8 percent more and has a better camera. Which one should I quote?\n\n{agent}',
      'The newer one please.',
      'The offer is on its way to {email}. Delivery within two weeks of the order.\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['Laptop {device} very slow', 'Computer takes ten minutes to start'],
    talk: [
      'Hi,\n\n{device} takes ten minutes to start and the fan is always on. It is four years old.\n\n{name}',
      'Hi {first}, the disk is nearly full and an update has been trying for weeks. I have freed 60 GB and finished the update. Please restart once more.\n\n{agent}',
      'Two minutes now. Still not fast.',
      'For its age that is what it can do. I would put it on the list for replacement; shall sales send you an offer?\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 1,
    subjects: ['Calendar of {other} not visible', 'Sharing calendars in the team'],
    talk: [
      'Hello, since last week I no longer see the calendar of {other}. Others can. Have my rights changed?',
      'Hello {first}, the share was by a group that you left in the clean-up. I have added you again; please close and open the calendar.\n\n{agent}',
      'I see it again, thanks.'
    ]
  },
  {
    department: 'Support',
    priority: 2,
    subjects: ['Mails to {other} come back', 'Undeliverable mail', 'Our mails land in spam'],
    talk: [
      'Good day,\n\nsome of our customers say that our mails land in spam, and one came back completely: "rejected due to policy".\n\n{name}',
      "Good day {first},\n\nthe newsletter tool sends in your name but is missing from your domain's list of senders. I have prepared the entry; may I publish it?\n\n{agent}",
      'Yes, please go ahead.',
      'Published and checked: your last three test mails were delivered normally. Reputation recovers over the next days.\n\n{agent}'
    ]
  },
  {
    department: 'Support',
    priority: 3,
    subjects: ['Server room too warm', 'Temperature alarm', 'Beeping in the server room'],
    talk: [
      'Hello, there is a loud beeping from the server room and it is very warm in there. I have opened the door.',
      'Hello {first}, good idea. The air conditioning stopped at {time}. We have shut down what is not needed and called the maintenance firm, who will be with you within two hours.\n\n{agent}',
      'They are here.',
      'Temperature is normal again and everything is running. The cause was a blocked drain; they will clean it twice a year from now on.\n\n{agent}'
    ]
  },
  {
    department: 'Billing',
    priority: 1,
    subjects: ['Switch to yearly payment', 'Can we pay yearly?'],
    talk: [
      'Hello,\n\nwould it be possible to pay yearly instead of monthly? And is there a discount?\n\n{name}',
      'Hello {first}, it is, with three percent off, from the next quarter on. Shall I change it?\n\n{agent}',
      'Yes, please.',
      'Changed. You will receive one invoice on the first day of the quarter.\n\n{agent}'
    ]
  }
]

export const devices = [
  'LT-0142',
  'LT-0177',
  'LT-0203',
  'PC-0031',
  'PC-0048',
  'PRN-02',
  'PRN-05',
  'LT-0219',
  'LT-0240',
  'PC-0066'
]
