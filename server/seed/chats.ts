// What visitors of the website and staff write to each other. `>` begins what staff write; lines are in order.

interface Topic {
  /** The page on which the visitor began to write. */
  page: string
  /** The lead type that the talk leads to. */
  type: 'Sales' | 'Support' | 'Other'
  /** What the lead wants, for its description. */
  wish: string
  lines: string[]
}

export const topics: Topic[] = [
  {
    page: '/managed-it',
    type: 'Sales',
    wish: 'Managed IT for {seats} people, moving away from the current provider',
    lines: [
      'Hi, we are a team of {seats} and our IT provider takes days to answer. Do you take on firms of our size?',
      '> Hello {first}, yes, most of our customers have between 10 and 80 people. May I ask what you use today?',
      'Mostly laptops, mail with our domain, a shared drive and two printers. Nothing exotic.',
      '> That is what we do every day. A person answers within an hour, and we look after updates, backups and new laptops.',
      'What would that cost us per month?',
      '> It depends on the laptops and the backups. For {seats} people I would expect about {price} a month. Shall I send you a proper offer?',
      'Yes please, to {email}. Best before {day}.',
      '> You will have it by then. Thank you, {first}!'
    ]
  },
  {
    page: '/phones',
    type: 'Sales',
    wish: 'A telephone system with {seats} extensions that also works from home',
    lines: [
      'Hello, can your phone system ring at the desk and on the mobile at once?',
      '> Hi {first}, it can. You choose per person what rings, in which order and for how long.',
      'Great. And can we keep our number? It is {phone}.',
      '> Yes, numbers move with you. That takes about two weeks and you stay reachable all the time.',
      'We need {seats} extensions and a menu, press 1 for sales and so on.',
      '> Included. Shall I call you on {day} for a short demonstration?',
      '{day} at ten works for me.',
      '> Booked. I will call you at ten on {phone}.'
    ]
  },
  {
    page: '/websites',
    type: 'Sales',
    wish: 'A new website for {company} with online booking',
    lines: [
      'Our website is ten years old and looks awful on a phone. Do you build new ones?',
      '> We do! Would it be for {company}? What should it be able to do?',
      'Show what we do, opening hours, and people should be able to book a time online.',
      '> Clear. Booking is a standard part of ours. Do you have photographs and texts already?',
      'Photographs yes, texts need work.',
      '> We have somebody who writes them with you. A site like this starts at {price} and takes about five weeks.',
      'Fine. Can you send some examples?',
      '> Certainly, I am sending three to {email} now.'
    ]
  },
  {
    page: '/backup',
    type: 'Sales',
    wish: 'Backups after a ransomware scare; wants a restore test',
    lines: [
      'A neighbouring office was hit by ransomware last week. How do I know that our backups are any good?',
      '> A fair question, {first}. Only a restore tells. When was the last time somebody restored a file or a whole machine?',
      'Honestly? Never.',
      '> Then let us begin there. We restore one of your servers to a separate place and show you the result, in half a day.',
      'And if it does not work?',
      '> Then you know before you need it, and we put a new backup beside the old one.',
      'Please call me, {phone}. I am here until five.',
      '> I will ring you in a few minutes.'
    ]
  },
  {
    page: '/pricing',
    type: 'Sales',
    wish: 'Prices for {seats} workplaces, with and without telephones',
    lines: [
      'Do you have prices without talking to sales first? :)',
      '> Hi {first}, we do. A managed workplace is listed on this page, telephones are the second table.',
      'Found it. Is there a discount for {seats}?',
      '> From 25 workplaces on it is ten percent, from 50 fifteen.',
      'And what is the notice period?',
      '> Three months to the end of a quarter, no minimum term.',
      'That is fair. I will discuss it with my partner and come back.',
      '> Take your time. Shall I send you this as a one-page summary?',
      'Yes: {email}'
    ]
  },
  {
    page: '/contact',
    type: 'Support',
    wish: 'Customer of a customer, could not reach the office',
    lines: [
      'Your hotline has been busy for ten minutes, and I cannot log in to my mail.',
      '> I am sorry, {first}. Let me help you here. What does it say when you try?',
      '"Your password has expired", but the page to change it does not open.',
      '> I see it. I have unlocked the account for {company}; please try again now.',
      'One moment...',
      'It works! Thank you.',
      '> You are welcome. If it comes back, this chat is faster than the hotline in the morning.'
    ]
  },
  {
    page: '/office-move',
    type: 'Sales',
    wish: 'Moving to a new office, {seats} desks, needs cabling and Wi-Fi',
    lines: [
      'We are moving office in two months. {seats} desks, three meeting rooms. Can you do cabling and Wi-Fi?',
      '> Yes, {first}. Do you already have the floor plan?',
      'I do, and the landlord lets us drill.',
      '> Then we can plan from the drawing. We measure the Wi-Fi once the furniture is in and move access points where needed.',
      'Who orders the internet line?',
      '> We can, but it should be ordered this week: lines take six to eight weeks.',
      'Understood. Please look at the plan, I am sending it by mail.',
      '> Thank you. You will have a plan and a price by {day}.'
    ]
  },
  {
    page: '/security',
    type: 'Sales',
    wish: 'Security check for an insurance questionnaire',
    lines: [
      'Our insurance sent a questionnaire about cyber security and I do not understand half of it.',
      '> That is more common than you think. Is it the one with about forty questions?',
      'Forty-two!',
      '> We go through it together in an hour and tell you what to put right first. Most firms need two-step sign-in and a restore test.',
      'Does that oblige us to anything?',
      '> No. The hour is {price}, and you keep the list.',
      'Let us do it. {day} would suit us.',
      '> {day} it is. The invitation goes to {email}.'
    ]
  },
  {
    page: '/jobs',
    type: 'Other',
    wish: 'Asks about an apprenticeship',
    lines: [
      'Hi! Do you offer apprenticeships for next year?',
      '> Hello {first}, yes, two places in our support team.',
      'What do I need to send?',
      '> A short letter and your last two reports, to the address on this page.',
      'Thanks, I will do that today.',
      '> Good luck, we are looking forward to it!'
    ]
  },
  {
    page: '/partners',
    type: 'Other',
    wish: 'Would like to offer our services to their own customers',
    lines: [
      'We do bookkeeping software for small firms and get asked about IT all the time. Do you have a partner programme?',
      '> We do, {first}. You recommend us, and receive ten percent of the first year.',
      'Do we have to sell anything ourselves?',
      '> No, an introduction is enough. Offers, invoices and support are ours.',
      'Sounds good. Who do I talk to?',
      '> I will ask our head of sales to call you on {phone}. Would {day} be all right?',
      'Perfect.'
    ]
  },
  {
    page: '/laptops',
    type: 'Sales',
    wish: '{seats} laptops, set up and delivered to people at home',
    lines: [
      'Can you deliver laptops ready to use, straight to people at home?',
      '> Yes. They come with your programs, signed in to your organization, and we walk each person through the first start.',
      'We need {seats} until the end of the month.',
      '> That is possible if we order by {day}. Do you prefer 14 or 16 inches?',
      '14, and docking stations for half of them.',
      '> I have noted it. You will have the offer tomorrow morning at {email}.',
      'Great, thanks for the quick answers.'
    ]
  },
  {
    page: '/pricing',
    type: 'Sales',
    wish: 'Support by the hour, without a contract',
    lines: [
      'Is it possible to get help by the hour, without a contract?',
      '> It is, {first}. By the quarter of an hour, with a normal answer on the same day.',
      'It is only the two of us, and mostly it all works.',
      '> Then that is the right thing. If it becomes more than three hours a month, I would tell you.',
      'I appreciate that. How do we start?',
      '> I am sending you the form to {email}. Two minutes, and you can call us.'
    ]
  }
]

export const browsers = [
  'Chrome 142 on Windows',
  'Chrome 142 on macOS',
  'Safari 26 on iPhone',
  'Safari 26 on macOS',
  'Edge 142 on Windows',
  'Firefox 145 on Windows',
  'Firefox 145 on Linux',
  'Chrome 142 on Android'
]

export const referrers = ['google', 'google', 'google', 'bing', 'direct', 'direct', 'linkedin', 'newsletter', 'partner']
