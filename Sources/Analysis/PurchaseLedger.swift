package import Statistics

/// Purchases by customer and day, from a list of transactions.
struct PurchaseLedger: Sendable {
    /// What one customer did on one day.
    struct Purchase: Sendable {
        var day: Int
        var amount: Double
    }

    var names: [String]
    /// The purchases of each customer, by day; rows of one day are one purchase.
    var purchases: [[Purchase]]
    /// What was given back to each customer.
    var refunds: [Double]
    var hasAmounts: Bool
    var rowsUsed = 0
    var refundRows = 0
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
        let amounts = try amount.map { column throws(AnalysisError) in try table.numbers(column) }
        guard let last = days.max() else {
            throw .unsuitable("\(table.name) has no rows below its heading.")
        }
        end = until ?? last
        hasAmounts = amounts != nil
        (names, purchases, refunds) = ([], [], [])
        let texts = table.texts(customer)
        var numbers: [String: Int] = [:]
        for row in texts.indices where days[row] <= end {
            let paid = amounts?[row] ?? 0
            rowsUsed += 1
            let number = numbers[texts[row]] ?? names.count
            if number == names.count {
                numbers[texts[row]] = number
                names.append(texts[row])
                purchases.append([])
                refunds.append(0)
            }
            if paid < 0 {
                refunds[number] -= paid
                refundRows += 1
            } else {
                purchases[number].append(Purchase(day: days[row], amount: paid))
            }
        }
        joinDays()
        guard !names.isEmpty else {
            throw .unsuitable(
                "No purchase happened until \(DayNumber.text(end)); the first is on "
                    + "\(DayNumber.text(days.min() ?? 0)). Say a later --until or --split.")
        }
    }

    /// Sorts each customer's purchases, joins those of a day, and drops customers who only gave
    /// things back.
    private mutating func joinDays() {
        var kept: [Int] = []
        for number in names.indices {
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
            if !joined.isEmpty { kept.append(number) }
        }
        guard kept.count < names.count else { return }
        names = kept.map { names[$0] }
        purchases = kept.map { purchases[$0] }
        refunds = kept.map { refunds[$0] }
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
            let mean = count > 0 ? max(0, sum - refunds[number]) / count : 0
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

    /// Customers from a table of `frequency`, `recency` and `T`, one a row; nil when it is none.
    static func summaries(_ table: DataTable) throws(AnalysisError) -> [ValueCustomer]? {
        guard
            let x = try table.column(
                nil, usual: ["frequency", "x", "repeat_purchases"], option: ""),
            let tx = try table.column(nil, usual: ["recency", "t_x", "tx"], option: ""),
            let age = try table.column(nil, usual: ["T", "age", "tenure", "t_cal"], option: "")
        else { return nil }
        let mean = try table.column(
            nil, usual: ["monetary_value", "monetary", "mean_value", "average_value", "m", "zbar"],
            option: "")
        let name = try table.column(nil, usual: PurchaseLedger.customers, option: "")
        let (frequencies, recencies, ages) = (
            try table.numbers(x), try table.numbers(tx), try table.numbers(age)
        )
        let means = try mean.map { column throws(AnalysisError) in
            try table.numbers(column, empty: 0)
        }
        let names = name.map { table.texts($0) }
        var result: [ValueCustomer] = []
        for row in frequencies.indices {
            func bad(_ column: Int, _ value: Double, _ remedy: String) -> AnalysisError {
                .badCell(
                    row: table.fileRow(row), column: table.headings[column],
                    text: Shown.number(value), remedy: remedy)
            }
            guard frequencies[row] >= 0, frequencies[row] == frequencies[row].rounded() else {
                throw bad(x, frequencies[row], "must be the whole number of repeat purchases.")
            }
            guard recencies[row] >= 0, recencies[row] <= ages[row] + 1e-9 else {
                throw bad(
                    tx, recencies[row],
                    "must lie between 0 and the customer's age (\(table.headings[age])).")
            }
            guard frequencies[row] > 0 || recencies[row] == 0 else {
                throw bad(tx, recencies[row], "must be 0 for a customer without repeat purchases.")
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
}
