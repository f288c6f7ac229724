/// The even periods of a history: days, weeks, months, or rows as they come.
struct MixGrid: Sendable {
    enum Period: String, Sendable {
        case day, week, month, quarter, year, period
    }

    let period: Period
    /// The time of each period, gaps filled.
    let times: [Int]
    let areDays: Bool
    /// Periods that no row of the file has.
    let gaps: [Int]
    private let places: [Int: Int]

    init(_ axis: TimeAxis, date: String) throws(AnalysisError) {
        areDays = axis.areDays
        let unique = Set(axis.values).sorted()
        guard unique.count > 1 else {
            throw .unsuitable("The column \(date) has one period only; a history needs many.")
        }
        let steps = zip(unique, unique.dropFirst()).map { $1 - $0 }
        let usual = steps.sorted()[steps.count / 2]
        guard axis.areDays else {
            (period, times, gaps) = (.period, unique, [])
            places = Dictionary(uniqueKeysWithValues: unique.enumerated().map { ($1, $0) })
            return
        }
        switch usual {
        case 1: period = .day
        case 7: period = .week
        case 28...31: period = .month
        case 89...92: period = .quarter
        case 365...366: period = .year
        default: period = .period
        }
        let isEven = steps.allSatisfy { $0 % usual == 0 }
        let count = (unique[unique.count - 1] - unique[0]) / usual + 1
        guard isEven, usual < 28, count > unique.count else {
            (times, gaps) = (unique, [])
            places = Dictionary(uniqueKeysWithValues: unique.enumerated().map { ($1, $0) })
            return
        }
        guard count <= 3 * unique.count else {
            throw .unsuitable(
                "The column \(date) has \(unique.count) periods, but \(count - unique.count) "
                    + "between them are missing. Add a row for each, with spend 0 where nothing "
                    + "was spent.")
        }
        times = (0..<count).map { unique[0] + $0 * usual }
        let present = Set(unique)
        gaps = times.indices.filter { [times] in !present.contains(times[$0]) }
        places = Dictionary(uniqueKeysWithValues: times.enumerated().map { ($1, $0) })
    }

    func place(_ time: Int) -> Int? { places[time] }

    /// The period that holds a day.
    func place(holding day: Int) -> Int? {
        guard areDays, let last = times.last(where: { $0 <= day }), let at = places[last] else {
            return nil
        }
        if at + 1 < times.count { return at }
        let width = times.count > 1 ? times[times.count - 1] - times[times.count - 2] : 1
        return day < last + width ? at : nil
    }

    func text(_ place: Int) -> String {
        areDays ? DayNumber.text(times[place]) : String(times[place])
    }
}
