/// How the days of a file follow one another, and which ones between have no row.
struct TimeSpacing: Sendable, Hashable {
    /// Days between the first and the last that belong to the spacing, but have no row; in order.
    var missing: [Int] = []
    /// How many days of the week the file has, where it has some of them only, such as 5.
    var weekdays: Int?
    /// Whether periods follow one another evenly once the missing ones are counted.
    var isEven = true

    /// The spacing of some days, each of them once.
    init(days: [Int]) {
        let times = days.sorted()
        guard let first = times.first, let last = times.last, times.count > 2 else { return }
        let steps = zip(times, times.dropFirst()).map { $1 - $0 }
        let usual = steps.sorted()[(steps.count - 1) / 2]
        let week = Set(times.map { ($0 % 7 + 7) % 7 })
        if (2...6).contains(week.count), last - first >= 28 {
            let all = (first...last).filter { week.contains(($0 % 7 + 7) % 7) }
            if Double(all.count) <= 1.2 * Double(times.count) {
                weekdays = week.count
                fill(all, times)
                return
            }
        }
        if usual < 28, steps.allSatisfy({ $0 % usual == 0 }) {
            let count = (last - first) / usual + 1
            isEven = count <= 3 * times.count
            if isEven { fill((0..<count).map { first + $0 * usual }, times) }
            return
        }
        // Months of 28 to 31 days, of 4 or 5 weeks, weeks whose day moves: none is missing.
        isEven = 2 * (steps.max() ?? 0) < 3 * (steps.min() ?? 0)
    }

    /// So many periods have, in words.
    static func periods(_ count: Int) -> String {
        count == 1 ? "1 period has" : "\(count) periods have"
    }

    private mutating func fill(_ all: [Int], _ times: [Int]) {
        let present = Set(times)
        missing = all.filter { !present.contains($0) }
    }
}

extension TimeAxis {
    /// How rows of an axis of days follow one another; periods with numbers count as they come.
    var spacing: TimeSpacing { TimeSpacing(days: areDays ? Array(Set(values)) : []) }
}
