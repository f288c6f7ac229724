package import Statistics

/// Purchases by customer and day, from a list of transactions.
struct PurchaseLedger: Sendable {
    /// What one customer did on one day.
    struct Purchase: Sendable {
        var day: Int
        var amount: Double
    }

    var names: [String] = []
    /// The purchases of each customer, by day; rows of one day are one purchase, less what of it
    /// was given back.
    var purchases: [[Purchase]] = []
    var hasAmounts: Bool
    var rowsUsed = 0
    var refundRows = 0
    /// Rows that brought nothing.
    var freeRows = 0
    /// What was given back without a purchase that it could belong to.
    var strayRefunds = 0.0
    var end: Int

    /// The columns of transactions that are chosen by name.
    struct Columns {
        var customer: String?
        var date: String?
        var amount: String?
    }

    init(_ table: DataTable, _ columns: Columns, until: Int?) throws(AnalysisError) {
        let customer = try table.required(
            columns.customer, usual: Self.customers, option: "--customer")
        let date = try table.required(columns.date, usual: Self.dates, option: "--date")
        let amount = try table.column(columns.amount, usual: Self.amounts, option: "--amount")
        let days = try table.days(date)
        let amounts = try amount.map { column throws(AnalysisError) in
            try ReturnChecks.amounts(table, column)
        }
        guard let last = days.max(), let first = days.min() else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        end = until ?? last
        hasAmounts = amounts != nil
        guard first <= end else {
            throw .unsuitable(
                "No purchase happened until \(DayNumber.text(end)); the first is on "
                    + "\(DayNumber.text(first)). Say a later --until.")
        }
        try ReturnChecks.span(table, date, days, until: end)
        guard end - last <= ReturnChecks.longestGap * 366 else {
            throw .unsuitable(
                "The last purchase is on \(DayNumber.text(last)), more than "
                    + "\(ReturnChecks.longestGap) years before --until \(DayNumber.text(end)). Say "
                    + "the day until which purchases were recorded.")
        }
        let (words, codes) = try ReturnChecks.words(table, customer, thing: "customer")
        (names, purchases) = (words, words.map { _ in [] })
        var refunds: [Int32: [Purchase]] = [:]
        for row in codes.indices where days[row] <= end {
            let paid = amounts?[row] ?? 0
            rowsUsed += 1
            if paid < 0 {
                refunds[codes[row], default: []].append(Purchase(day: days[row], amount: -paid))
                refundRows += 1
            } else {
                if hasAmounts, paid == 0 { freeRows += 1 }
                purchases[Int(codes[row])].append(Purchase(day: days[row], amount: paid))
            }
        }
        joinDays()
        for code in refunds.keys.sorted() { giveBack(refunds[code] ?? [], to: Int(code)) }
        dropEmpty()
        guard !names.isEmpty else {
            throw .unsuitable(
                "\(table.name) holds refunds only (negative amounts), and no purchase.")
        }
    }

    /// Sorts each customer's purchases, and joins those of a day.
    private mutating func joinDays() {
        for number in names.indices where purchases[number].count > 1 {
            var joined: [Purchase] = []
            for purchase in purchases[number].sorted(by: {
                ($0.day, $0.amount) < ($1.day, $1.amount)
            }) {
                if joined.last?.day == purchase.day {
                    joined[joined.count - 1].amount += purchase.amount
                } else {
                    joined.append(purchase)
                }
            }
            purchases[number] = joined
        }
    }

    /// Takes refunds off the latest purchase that they can belong to, and from there backwards.
    private mutating func giveBack(_ refunds: [Purchase], to number: Int) {
        for refund in refunds.sorted(by: { ($0.day, $0.amount) < ($1.day, $1.amount) }) {
            var left = refund.amount
            for index in purchases[number].indices.reversed()
            where left > 0 && purchases[number][index].day <= refund.day {
                let part = min(left, purchases[number][index].amount)
                purchases[number][index].amount -= part
                left -= part
            }
            strayRefunds += left
        }
    }

    /// Leaves out who bought nothing until the end.
    private mutating func dropEmpty() {
        let kept = names.indices.filter { !purchases[$0].isEmpty }
        guard kept.count < names.count else { return }
        names = kept.map { names[$0] }
        purchases = kept.map { purchases[$0] }
    }

    static let customers = [
        "customer_id", "customer", "customerid", "cust_id", "client_id", "client", "user_id",
        "user",
        "contact_id", "contact", "person", "account_id", "account", "buyer", "email", "id", "_id",
    ]
    static let dates = [
        "date", "order_date", "purchase_date", "transaction_date", "invoice_date", "invoicedate",
        "datetime", "timestamp", "time", "purchased_at", "ordered_at", "created_at", "day",
    ]
    static let amounts = [
        "spent", "amount", "revenue", "value", "total", "sales", "order_value", "price", "spend",
        "turnover", "net", "gross", "monetary_value",
    ]
}

extension PurchaseLedger {
    /// What the ledger says of each customer up to `end`, in units of `daysPerUnit` days, leaving
    /// out those who came later; the second value is the customer's number.
    func histories(until end: Int, daysPerUnit: Double) -> [(ValueCustomer, number: Int)] {
        var result: [(ValueCustomer, number: Int)] = []
        for number in names.indices {
            let before = purchases[number].prefix { $0.day <= end }
            guard let first = before.first, let last = before.last else { continue }
            let repeats = before.dropFirst()
            var sum = 0.0
            for purchase in repeats { sum += purchase.amount }
            let count = Double(repeats.count)
            let mean = count > 0 ? sum / count : 0
            result.append(
                (
                    ValueCustomer(
                        name: names[number],
                        history: PurchaseHistory(
                            frequency: count, recency: Double(last.day - first.day) / daysPerUnit,
                            age: Double(end - first.day) / daysPerUnit),
                        mean: hasAmounts ? mean : nil, first: hasAmounts ? first.amount : nil),
                    number
                ))
        }
        return result
    }

    /// Groups of customers by the month of their first purchase.
    func cohorts() -> [ValueAnswer.Cohort] {
        let months = { (day: Int) in
            let parts = DayNumber.parts(day)
            return parts.year * 12 + parts.month - 1
        }
        let last = months(end)
        var cohorts: [Int: ValueAnswer.Cohort] = [:]
        for number in names.indices {
            guard let first = purchases[number].first else { continue }
            let start = months(first.day)
            var cohort =
                cohorts[start]
                ?? ValueAnswer.Cohort(
                    cohort: String(DayNumber.text(first.day).prefix(7)), customers: 0,
                    months: (0...(last - start)).map { ValueAnswer.Month(month: $0) })
            cohort.customers += 1
            var seen = -1
            for purchase in purchases[number] {
                let month = months(purchase.day) - start
                if month != seen { cohort.months[month].buyers += 1 }
                seen = month
                cohort.months[month].revenue += purchase.amount
            }
            cohorts[start] = cohort
        }
        return cohorts.sorted { $0.key < $1.key }.map { $0.value.completed(hasAmounts) }
    }
}

/// A customer as the models see them.
package struct ValueCustomer: Sendable, Hashable {
    package var name: String
    package var history: PurchaseHistory
    /// The mean of the repeat purchases; nil without amounts.
    package var mean: Double?
    /// The first purchase's amount, where it is known.
    package var first: Double?

    /// The columns of summaries.
    private struct Columns {
        var frequency: Int
        var recency: Int
        var age: Int
        var mean: Int?
        var name: Int?
    }

    private static func columns(
        _ table: DataTable, _ chosen: PurchaseLedger.Columns
    ) throws(AnalysisError) -> Columns? {
        guard chosen.date == nil,
            let frequency = try table.column(
                nil, usual: ["frequency", "x", "repeat_purchases"], option: ""),
            let recency = try table.column(nil, usual: ["recency", "t_x", "tx"], option: ""),
            let age = try table.column(nil, usual: ["T", "age", "tenure", "t_cal"], option: "")
        else { return nil }
        return Columns(
            frequency: frequency, recency: recency, age: age,
            mean: try table.column(
                chosen.amount,
                usual: [
                    "monetary_value", "monetary", "mean_value", "average_value", "m", "zbar", "m_x",
                ], option: "--amount"),
            name: try table.column(
                chosen.customer, usual: PurchaseLedger.customers, option: "--customer"))
    }

    /// Customers from a table of `frequency`, `recency` and `T`, one a row; nil when it is none.
    static func summaries(
        _ table: DataTable, _ chosen: PurchaseLedger.Columns = .init()
    ) throws(AnalysisError) -> [ValueCustomer]? {
        guard let columns = try Self.columns(table, chosen) else { return nil }
        let frequencies = try ReturnChecks.numbers(table, columns.frequency, within: 0...1e9)
        let recencies = try ReturnChecks.numbers(table, columns.recency, within: 0...1e6)
        let ages = try ReturnChecks.numbers(table, columns.age, within: 0...1e6)
        let means = try columns.mean.map { column throws(AnalysisError) in
            try ReturnChecks.numbers(table, column, empty: 0, within: 0...ReturnChecks.most)
        }
        let names = try columns.name.map { column throws(AnalysisError) in
            try Self.uniqueNames(table, column)
        }
        var result: [ValueCustomer] = []
        for row in frequencies.indices {
            func bad(_ column: Int, _ value: Double, _ remedy: String) -> AnalysisError {
                .badCell(
                    row: table.fileRow(row), column: table.headings[column],
                    text: Shown.number(value), remedy: remedy)
            }
            guard frequencies[row] == frequencies[row].rounded() else {
                throw bad(
                    columns.frequency, frequencies[row],
                    "must be the whole number of repeat purchases.")
            }
            guard recencies[row] <= ages[row] + 1e-9 else {
                throw bad(
                    columns.recency, recencies[row],
                    "must lie between 0 and the customer's age (\(table.headings[columns.age])).")
            }
            guard frequencies[row] > 0 || recencies[row] == 0 else {
                throw bad(
                    columns.recency, recencies[row],
                    "must be 0 for a customer without repeat purchases.")
            }
            result.append(
                ValueCustomer(
                    name: names?[row] ?? String(row + 1),
                    history: PurchaseHistory(
                        frequency: frequencies[row], recency: recencies[row], age: ages[row]),
                    mean: means?[row], first: nil))
        }
        return result
    }

    /// The names of customers, each of whom may come once.
    private static func uniqueNames(
        _ table: DataTable, _ column: Int
    ) throws(AnalysisError) -> [String] {
        let (words, codes) = try ReturnChecks.words(table, column, thing: "customer")
        guard words.count < codes.count else { return codes.map { words[Int($0)] } }
        var isKnown = Array(repeating: false, count: words.count)
        for (row, code) in codes.enumerated() {
            guard !isKnown[Int(code)] else {
                throw .badCell(
                    row: table.fileRow(row), column: table.headings[column],
                    text: words[Int(code)],
                    remedy: "comes twice; summaries need one row for each customer.")
            }
            isKnown[Int(code)] = true
        }
        return codes.map { words[Int($0)] }
    }
}
