/// Who is connected, and who makes room when all places are taken.
///
/// A pure value. Places go to those who work: whoever only waits, or sends slowly, or takes its
/// answer slowly, gives way to a newcomer, the one who has done so longest first.
struct Occupancy {
    /// Where a connection stands.
    enum Phase: Int, CaseIterable {
        /// Nothing is asked yet, or a header is on its way.
        case waiting
        /// A body is on its way.
        case receiving
        /// The peer takes its answer.
        case flushing
        /// We owe an answer.
        case working
    }

    /// Whether a newcomer may stay.
    enum Admission: Equatable {
        case welcome
        /// Welcome, but this connection has to be closed for it.
        case instead(of: Int)
        case full
        case tooManyFromThere
    }

    private struct Place {
        let address: String?
        var phase: Phase
        var ticket: Int
    }

    /// Keys in the order in which they came into a phase; stale entries are skipped.
    private struct Line {
        var entries: [(key: Int, ticket: Int)] = []
        var first = 0
    }

    let limits: ConnectionLimits
    private var places: [Int: Place] = [:]
    private var perAddress: [String: Int] = [:]
    private var lines = Phase.allCases.map { _ in Line() }
    private var ticket = 0

    init(_ limits: ConnectionLimits) { self.limits = limits }

    var count: Int { places.count }

    /// How many connections are in a phase.
    func count(_ phase: Phase) -> Int { places.values.count { $0.phase == phase } }

    /// Gives a newcomer a place; `address` is nil where addresses do not count.
    mutating func enter(_ key: Int, from address: String?) -> Admission {
        if let address, perAddress[address, default: 0] >= limits.perAddress {
            return .tooManyFromThere
        }
        var admission = Admission.welcome
        if places.count >= limits.connections {
            guard let victim = slowest([.waiting, .receiving, .flushing]) else { return .full }
            leave(victim)
            admission = .instead(of: victim)
        }
        places[key] = Place(address: address, phase: .waiting, ticket: 0)
        if let address { perAddress[address, default: 0] += 1 }
        move(key, to: .waiting)
        return admission
    }

    mutating func move(_ key: Int, to phase: Phase) {
        guard let found = places.index(forKey: key) else { return }
        ticket += 1
        places.values[found].phase = phase
        places.values[found].ticket = ticket
        guard phase != .working else { return }
        lines[phase.rawValue].entries.append((key, ticket))
        tidy(phase)
    }

    mutating func leave(_ key: Int) {
        guard let place = places.removeValue(forKey: key), let address = place.address else {
            return
        }
        let left = perAddress[address, default: 1] - 1
        perAddress[address] = left > 0 ? left : nil
    }

    /// The connection that has been longest in the first of these phases that anyone is in.
    mutating func slowest(_ phases: [Phase]) -> Int? {
        for phase in phases {
            var line = lines[phase.rawValue]
            defer { lines[phase.rawValue] = line }
            while line.first < line.entries.count {
                let entry = line.entries[line.first]
                if places[entry.key]?.ticket == entry.ticket { return entry.key }
                line.first += 1
            }
        }
        return nil
    }

    /// Drops stale entries before they outnumber the connections.
    private mutating func tidy(_ phase: Phase) {
        guard lines[phase.rawValue].entries.count > 2 * places.count + 512 else { return }
        let line = lines[phase.rawValue]
        lines[phase.rawValue].entries = line.entries[line.first...].filter {
            places[$0.key]?.ticket == $0.ticket
        }
        lines[phase.rawValue].first = 0
    }
}
