/// A small form that stands where its sentence stood; `inline-form.mustache` draws it.
///
/// A page's *Edit* fetches it into place, saving answers with the sentence again, and *Cancel*
/// fetches the sentence unchanged.
package struct InlineForm: Sendable {
    /// One labelled input.
    package struct Field: Sendable {
        struct Text: Sendable {
            let type: String
            let value: String
            let step: String?
            let list: String?
        }

        struct Area: Sendable {
            let value: String
        }

        struct Select: Sendable {
            let choices: [Choice]
        }

        struct Boxes: Sendable {
            let ticks: [Choice]
        }

        let name: String
        let label: String
        let hint: String?
        let isRequired: Bool
        var isWide: Bool
        let text: Text?
        let area: Area?
        let select: Select?
        /// Boxes of which any number may be ticked.
        let boxes: Boxes?
        var hasFocus = false

        private init(
            _ name: String, _ label: String, hint: String?, isRequired: Bool, isWide: Bool,
            text: Text? = nil, area: Area? = nil, select: Select? = nil,
            boxes: Boxes? = nil
        ) {
            self.name = name
            self.label = label
            self.hint = hint
            self.isRequired = isRequired
            self.isWide = isWide
            self.text = text
            self.area = area
            self.select = select
            self.boxes = boxes
        }

        /// One line of text over the whole width.
        package static func line(
            _ name: String, _ label: String, _ value: String = "", hint: String? = nil,
            isRequired: Bool = true
        ) -> Field {
            Field(
                name, label, hint: hint, isRequired: isRequired, isWide: true,
                text: Text(type: "text", value: value, step: nil, list: nil))
        }

        /// A short text, number or day that shares its row with others.
        package static func short(
            _ name: String, _ label: String, _ value: String = "", type: String = "text",
            hint: String? = nil, isRequired: Bool = true
        ) -> Field {
            Field(
                name, label, hint: hint, isRequired: isRequired, isWide: false,
                text: Text(
                    type: type, value: value, step: type == "number" ? "any" : nil, list: nil))
        }

        /// Text of several lines.
        package static func area(
            _ name: String, _ label: String, _ value: String = "", hint: String? = nil,
            isRequired: Bool = false
        ) -> Field {
            Field(
                name, label, hint: hint, isRequired: isRequired, isWide: true,
                area: Area(value: value))
        }

        /// One of several.
        package static func select(
            _ name: String, _ label: String, _ choices: [Choice], hint: String? = nil
        ) -> Field {
            Field(
                name, label, hint: hint, isRequired: true, isWide: false,
                select: Select(choices: choices))
        }

        /// Any number of several.
        package static func boxes(
            _ name: String, _ label: String, _ choices: [Choice], hint: String? = nil
        ) -> Field {
            Field(
                name, label, hint: hint, isRequired: false, isWide: true,
                boxes: Boxes(ticks: choices))
        }
    }

    /// A value the form sends without showing it.
    package struct Hidden: Sendable {
        let name: String
        let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The button that removes what the form edits.
    package struct Removal: Sendable {
        let label: String
        let question: String
        let yes: String
        let putPath: String?
        let deletePath: String?

        /// `path` is asked with DELETE, or with PUT where `method` says so.
        package init(
            _ label: String, question: String, yes: String, path: String,
            method: Method = .delete
        ) {
            self.label = label
            self.question = question
            self.yes = yes
            putPath = method == .delete ? nil : path
            deletePath = method == .delete ? path : nil
        }
    }

    let id: String
    let title: String?
    let post: String?
    let put: String?
    let submit: String
    let cancel: String?
    let target: String
    let fields: [Field]
    let hidden: [Hidden]
    let removal: Removal?

    /// A form sent to `path`; its answer replaces `target`, an htmx selector.
    package init(
        id: String, title: String? = nil, _ method: Method, _ path: String, submit: String,
        cancel: String?, target: String, fields: [Field], hidden: [Hidden] = [],
        removal: Removal? = nil
    ) {
        self.id = id
        self.title = title
        post = method == .post ? path : nil
        put = method == .put ? path : nil
        self.submit = submit
        self.cancel = cancel
        self.target = target
        var fields = fields
        if !fields.isEmpty { fields[0].hasFocus = true }
        self.fields = fields
        self.hidden = hidden
        self.removal = removal
    }
}

extension Frame {
    /// The form as a fragment for htmx.
    package func form(_ form: InlineForm) throws -> Reply { try fragment("inline-form", form) }
}
