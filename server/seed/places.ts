// Where the people of the demo live. Telephone numbers are of the ranges that each country keeps for fiction.

export interface City {
  city: string
  region: string
  country: string
  code: string
  latitude: number
  longitude: number
  timezone: string
  /** Numbers of the city; `#` is any digit. */
  phones: string[]
  zip: string
}

const countries: Record<string, string> = { US: 'United States', GB: 'United Kingdom', AU: 'Australia', DE: 'Germany' }

// city | region | country | latitude | longitude | time zone | area codes | postal code
const table = `
New York|New York|US|40.7128|-74.0060|America/New_York|+1 212 646 917 718|100##
Boston|Massachusetts|US|42.3601|-71.0589|America/New_York|+1 617 857 508 781|021##
Atlanta|Georgia|US|33.7490|-84.3880|America/New_York|+1 404 470 678 770|303##
Miami|Florida|US|25.7617|-80.1918|America/New_York|+1 305 786 954 561|331##
Chicago|Illinois|US|41.8781|-87.6298|America/Chicago|+1 312 773 872 708|606##
Austin|Texas|US|30.2672|-97.7431|America/Chicago|+1 512 737 210 830|787##
Dallas|Texas|US|32.7767|-96.7970|America/Chicago|+1 214 469 972 817|752##
Minneapolis|Minnesota|US|44.9778|-93.2650|America/Chicago|+1 612 651 763 952|554##
Denver|Colorado|US|39.7392|-104.9903|America/Denver|+1 303 720 719 970|802##
Phoenix|Arizona|US|33.4484|-112.0740|America/Phoenix|+1 602 480 623 520|850##
Seattle|Washington|US|47.6062|-122.3321|America/Los_Angeles|+1 206 425 253 360|981##
San Diego|California|US|32.7157|-117.1611|America/Los_Angeles|+1 619 858 760 949|921##
London|England|GB|51.5072|-0.1276|Europe/London|+44 20 7946 0###|EC1A #BB
Manchester|England|GB|53.4808|-2.2426|Europe/London|+44 161 496 0###|M1 #AE
Birmingham|England|GB|52.4862|-1.8904|Europe/London|+44 121 496 0###|B1 #HQ
Bristol|England|GB|51.4545|-2.5879|Europe/London|+44 117 496 0###|BS1 #JA
Edinburgh|Scotland|GB|55.9533|-3.1883|Europe/London|+44 131 496 0###|EH1 #NG
Sydney|New South Wales|AU|-33.8688|151.2093|Australia/Sydney|+61 2 5550 ####|20##
Melbourne|Victoria|AU|-37.8136|144.9631|Australia/Melbourne|+61 3 5550 ####|30##
Brisbane|Queensland|AU|-27.4698|153.0251|Australia/Brisbane|+61 7 5550 ####|40##
Berlin|Berlin|DE|52.5200|13.4050|Europe/Berlin|+49 30 23125 ###|101##
Hamburg|Hamburg|DE|53.5511|9.9937|Europe/Berlin|+49 40 66969 ###|200##
Frankfurt|Hesse|DE|50.1109|8.6821|Europe/Berlin|+49 69 90009 ###|603##
Munich|Bavaria|DE|48.1351|11.5820|Europe/Berlin|+49 89 99998 ###|803##`

function cityOf(line: string): City {
  const [city = '', region = '', code = '', latitude, longitude, timezone = '', numbers = '', zip = ''] = line.split('|')
  const [prefix, ...areas] = numbers.split(' ')
  const phones = numbers.includes('#') ? [numbers] : areas.map(area => `${prefix} ${area} 555 01##`)
  const country = countries[code] ?? code
  return { city, region, country, code, latitude: Number(latitude), longitude: Number(longitude), timezone, phones, zip }
}

export const cities: City[] = table.trim().split('\n').map(cityOf)
