internal import Sequences

/// Invented names of artists and songs.
enum DemoNames {
  static func artist(_ random: inout Philox) -> String {
    let adjective = pick(adjectives, &random)
    let creatures = pick(self.creatures, &random)
    return switch random.below(4) {
    case 0: "The \(adjective) \(creatures)"
    case 1: "\(adjective) \(creatures)"
    case 2: "\(pick(things, &random)) & the \(creatures)"
    default: "\(adjective) \(pick(things, &random)) Club"
    }
  }

  static func song(_ random: inout Philox) -> String {
    let thing = pick(things, &random)
    return switch random.below(5) {
    case 0: "\(pick(adjectives, &random)) \(thing)"
    case 1: "\(pick(deeds, &random)) the \(thing)"
    case 2: "\(thing) in the \(pick(places, &random))"
    case 3: "\(pick(deeds, &random)) Me to the \(pick(places, &random))"
    default: "\(thing) and \(pick(things, &random))"
    }
  }

  private static func pick(_ words: [String], _ random: inout Philox) -> String { words[random.below(words.count)] }

  private static let adjectives = [
    "Paper", "Copper", "Silver", "Velvet", "Hollow", "Crooked", "Golden", "Distant", "Electric", "Gentle", "Midnight",
    "Northern", "Painted", "Quiet", "Restless", "Scarlet", "Sleepy", "Tidal", "Wandering", "Wooden", "Amber", "Broken",
    "Cobalt", "Drifting", "Faded", "Foreign", "Frozen", "Glass", "Humble", "Ivory", "Lucky", "Neon",
  ]
  private static let creatures = [
    "Herons", "Foxes", "Lanterns", "Otters", "Pilots", "Sparrows", "Tailors", "Wolves", "Bakers", "Comets", "Drummers",
    "Echoes", "Falcons", "Gardeners", "Harbors", "Kites", "Magpies", "Moths", "Navigators", "Owls", "Pines", "Ravens",
    "Sailors", "Strangers", "Swifts", "Tides", "Travellers", "Weavers",
  ]
  private static let things = [
    "Harbor", "Lantern", "River", "Engine", "Window", "Compass", "Garden", "Letter", "Mirror", "Ocean", "Orchard",
    "Shadow", "Signal", "Station", "Summer", "Thunder", "Winter", "Anchor", "Balcony", "Bridge", "Candle", "Carousel",
    "Ember", "Feather", "Horizon", "Island", "Jukebox", "Meadow", "Postcard", "Skyline", "Staircase", "Tide",
  ]
  private static let deeds = [
    "Follow", "Remember", "Carry", "Chase", "Forget", "Hold", "Leave", "Mend", "Open", "Paint", "Read", "Send", "Turn",
    "Wake", "Borrow", "Light",
  ]
  private static let places = [
    "Rain", "City", "Attic", "Valley", "Fog", "Lighthouse", "North", "Desert", "Dark", "Suburbs", "Snow", "Kitchen",
    "Tunnel", "Morning", "Snowfield", "Arcade",
  ]
}
