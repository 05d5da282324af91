// The words that people, firms and places of the demo are made of. All are invented; telephone numbers are of the ranges that
// the authorities of each country keep for fiction.

/** 128 first names. */
export const firstNames = (
  'Maria James Aisha Lukas Sofia Daniel Priya Marco Hannah Omar Chloé Ethan Yuki Samuel Nora Diego Grace Felix Leila Thomas Ingrid Andre ' +
  'Mei Oliver Zoë Rafael Emma Kofi Clara Victor Amara Jonas Lucía Peter Fatima Henry Elena Noah Sana Martin Julia David Nadia Simon ' +
  'Carmen Alex Freya Ibrahim Laura Kenji Alice Tomás Ruth Mateo Anna Joseph Rosa Adam Ines Paul Vera Isaac Lina Robert Greta Hugo Dana ' +
  'Carl Mina George Sara Ivan Beatrice Leon Tara Frank Olga Jack Paula Rohan Esther Mark Lena Oscar Jade Walter Irene Luis Helen Arjun ' +
  'Nina Björn Kate Malik Susan Erik Maya Stefan Ella Patrick Rania Colin Iris Gabriel Joan Nikolai Ada Theo Wendy Bruno Alma Dylan ' +
  'Tessa Karim Flora Edgar Naomi Vincent Lydia Jerome Pia Russell Mona Cyrus Stella Anton Celia Miles'
).split(' ')

/** 256 family names. */
export const lastNames = (
  'Abara Abbott Acosta Adeyemi Ahmed Albrecht Alvarez Amato Andersson Arnold Asante Atkins Bailey Banerjee Baptiste Barker Barros Bauer Becker Bellini ' +
  'Bennett Berg Bianchi Bishop Blackwell Blanc Bloom Bosch Bowen Boyd Brandt Briggs Brooks Bruno Burke Byrne Calder Campos Carlson Carr Carver ' +
  'Castillo Chambers Chandra Chang Chapman Chen Choi Clarke Cohen Conti Cooper Costa Craig Cruz Curtis Dahl Dalton Davies Dawson Delgado ' +
  'Deshpande Diaz Dixon Dobson Doyle Dubois Duncan Dunn Dutta Eaton Edwards Eklund Ellis Engel Esposito Estrada Evans Farrell Fernandes ' +
  'Ferrari Fischer Fleming Flores Forbes Foster Fowler Francis Fuchs Fujita Gallo Garcia Garner Gibbs Gill Glover Gomez Goodwin Gordon ' +
  'Graham Grant Greco Griffin Guerra Gupta Haas Hahn Haines Hale Hamid Hansen Hardy Harper Hartmann Hassan Hayes Heath Herrera Hoffman ' +
  'Holm Hopkins Horvat Howell Huang Hughes Hunt Hussein Ibarra Ikeda Ingram Ito Iversen Jacobs Jain Jansen Jarvis Jensen Johansson Jordan ' +
  'Joshi Kamara Kane Kapoor Kaur Keller Kelly Khan Kim Klein Knight Koch Kovač Kramer Kumar Lambert Lang Larsen Laurent Lawson Leal Lehmann ' +
  'Leone Lewis Lindgren Lopez Lowe Lund Lynch Maas MacLeod Mahmoud Maier Mancini Marsh Mason Mbeki Meier Mendes Meyer Miles Mishra Molina ' +
  'Monroe Moore Morales Moreau Morris Moser Müller Murphy Nair Nash Navarro Neumann Newton Nielsen Nolan Norris Novak Nunez Obi Okafor ' +
  'Olsen Ortega Osman Owens Palmer Park Patel Pavlov Payne Pearce Peña Perkins Petit Petrov Pohl Porter Quinn Raman Ramos Reed Reyes Rhodes ' +
  'Ricci Riley Rivera Rojas Romano Rossi Roth Ryan Sato Schmidt Schreiber Sharma Shaw Silva Singh Soares Stone Suzuki Tanaka Thorne Torres ' +
  'Ueda Vargas Vidal Vogel Wagner Walsh Weber Wright Yamada Zhang Ziegler'
).split(' ')

/** 64 beginnings of a firm's name. */
export const firmNames = (
  'Alderbrook Amberfield Ashgrove Bayview Beechwood Birchline Bluepeak Brightwater Brookhaven Cedarline Clearwell Cobaltry Copperleaf ' +
  'Cornerstone Crestmark Dovetail Eastgate Elmstone Emberly Fairmeadow Fernhill Firstlight Foxglove Glassworks Goldcrest Greenharbor ' +
  'Greystone Hartwell Hazelton Heathrow-Lane Highmoor Hillcrest Ironbridge Ivoryton Juniper Kestrel Kingfisher Lakeshore Larkspur Lighthouse ' +
  'Longacre Maplecroft Meridian Millbrook Northgate Oakhurst Orchard Pebble Pinecrest Quarrybank Redcliff Ridgeway Riverbend Rosemont ' +
  'Saltmarsh Silverbirch Southbank Stonebridge Sunfield Thornbury Tidewater Westmere Willowbank Windermere'
).split(' ')

/** 64 kinds of a firm. */
export const firmKinds = (
  'Accounting|Advisors|Analytics|Architects|Auto Parts|Bakery|Bikes|Books|Brewing|Builders|Carpentry|Catering|Clinic|Coffee|' +
  'Components|Consulting|Creative|Dental|Design|Distribution|Education|Electric|Energy|Engineering|Estates|Events|Fabrics|Farms|' +
  'Finance|Fitness|Flooring|Foods|Furniture|Garden Centre|Glass|Goods|Health|Hotels|Interiors|Labs|Law|Legal|Logistics|Machining|' +
  'Marine|Media|Motors|Optics|Outdoor|Packaging|Paper|Partners|Pharmacy|Physio|Plumbing|Printing|Properties|Recruiting|Renovation|' +
  'Solar|Studio|Textiles|Tools|Travel'
).split('|')

export const jobs = (
  'Office manager|Managing director|Owner|Head of operations|IT manager|Finance manager|Purchasing|Practice manager|Project manager|' +
  'Marketing lead|Administrator|Partner|Head of sales|Store manager|Team lead|Assistant'
).split('|')

export const streets = (
  'Mill Road|Station Road|Park Avenue|High Street|Church Lane|Market Street|River Street|Oak Avenue|Bridge Street|Garden Street|' +
  'Harbor Way|Victoria Road|Maple Drive|Union Street|Canal Street|Spring Street'
).split('|')
