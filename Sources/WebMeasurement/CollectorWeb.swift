import Foundation
import HTTPTypes
import Kernel
package import Measurement
package import Web

/// Clicks, site events and the site snippet as ordinary routes.
package struct CollectorWeb: Sendable {
    private let collector: Collector

    package init(collector: Collector) { self.collector = collector }

    package var routes: [Route] {
        [
            .machine("GET", "/l/{slug}") { request in try await click(request) },
            .machine("POST", "/t/e", bodyLimit: SnippetEvent.longest) { request in
                try await event(request)
            },
            .machine("OPTIONS", "/t/e") { _ in
                Reply(
                    status: 204,
                    headers: [
                        "access-control-allow-origin": "*", "access-control-max-age": "86400",
                        "access-control-allow-headers": "content-type",
                        "access-control-allow-methods": "POST",
                    ])
            },
            .machine("GET", "/t.js") { _ in
                var reply = Reply.file(
                    Data(SiteSnippet.script.utf8), type: "text/javascript; charset=utf-8",
                    cache: "public, max-age=3600")
                reply.headers["cross-origin-resource-policy"] = "cross-origin"
                return reply
            },
        ]
    }

    private func facts(_ request: WebRequest) -> VisitFacts {
        CollectorAnswer.facts(
            at: request.now, address: request.address, isHead: request.method == "HEAD",
            request.header)
    }

    private func click(_ request: WebRequest) async throws -> Reply {
        guard let slug = request.parameters["slug"],
            try await collector.resolve(slug: slug),
            let redirect = collector.redirect(slug: slug, facts(request))
        else { throw Problem.notFound("link") }
        // Whoever clicks is sent on, even when the click cannot be counted.
        let isKept = await collector.spool.append(redirect.record)
        return reply(
            CollectorAnswer.redirect(isKept ? redirect.location : redirect.plainLocation))
    }

    private func event(_ request: WebRequest) async throws -> Reply {
        guard let event = SnippetEvent(request.body) else {
            throw Problem(
                .invalid, code: "measurement.event",
                "The body is not what the site snippet sends. Embed the snippet as it is.")
        }
        guard try await collector.resolveSite(code: event.site),
            let record = collector.record(event, facts(request))
        else { throw Problem.notFound("site") }
        guard await collector.spool.append(record) else { throw Self.unavailable }
        var answer = reply(CollectorAnswer.thanks)
        answer.headers["cross-origin-resource-policy"] = "cross-origin"
        return answer
    }

    private func reply(_ response: HTTPResponse) -> Reply {
        var headers: [String: String] = [:]
        for field in response.headerFields where field.name != .contentLength {
            headers[field.name.canonicalName] = field.value
        }
        return Reply(status: response.status.code, headers: headers)
    }

    private static let unavailable = Problem(
        .unavailable, code: "measurement.spool", "Please try again in a moment.",
        retryAfterSeconds: 1)
}

/// The script that a website embeds; under two kilobytes, no cookies, nothing from elsewhere.
package enum SiteSnippet {
    /// Sends a page view for each page and a goal for each `throughline('goal', …)`.
    ///
    /// A click's number stays in the page, and so does the `utm_content` by which a visit without
    /// one is known to come from a post; `data-remember="session"` keeps them in sessionStorage
    /// for the tab, for sites that may. Visitors with Global Privacy Control or Do Not Track are
    /// counted without them.
    package static let script = """
        (function(){var w=window,d=document,n=navigator,l=location,s=d.currentScript;if(!s)return;\
        var a=s.getAttribute("data-site"),u=new URL("/t/e",s.src).href,\
        off=n.globalPrivacyControl||n.doNotTrack=="1",\
        r=!off&&s.getAttribute("data-remember")=="session",k="tlc",c,m,p,x=0;\
        function keep(k,t,v){if(r)try{if(t)sessionStorage.setItem(k,t);\
        else v=v||sessionStorage.getItem(k)}catch(e){}return off?null:t||v}\
        function get(){var q=new URLSearchParams(l.search);c=keep(k,q.get(k),c);\
        m=keep(k+"m",q.get("utm_content"),m)}\
        function send(o){o.s=a;if(c)o.c=c;if(m)o.u=m.slice(0,64);var b=JSON.stringify(o);\
        if(!(n.sendBeacon&&n.sendBeacon(u,b)))\
        fetch(u,{method:"POST",body:b,keepalive:true,mode:"no-cors"})}\
        function page(){if(p==l.pathname)return;get();p=l.pathname;var f=d.referrer,h="";\
        try{h=f?new URL(f).host:""}catch(e){}\
        send({p:p,e:x++==0&&h!=l.host?1:0})}\
        function go(v){if(v[0]=="goal"&&v[1]){var o=v[2]||{};get();\
        send({g:""+v[1],v:o.value==null?"":""+o.value,m:o.currency||"",\
        o:o.order==null?"":""+o.order})}}\
        function start(){var q=w.throughline&&w.throughline.q||[],h=history,f=h.pushState;page();\
        w.throughline=function(){go(arguments)};q.forEach(go);\
        h.pushState=function(){f.apply(h,arguments);page()};w.addEventListener("popstate",page)}\
        d.prerendering?d.addEventListener("prerenderingchange",start,{once:true}):start()})();
        """

    /// The tag to copy into every page of a site.
    package static func tag(origin: String, code: String) -> String {
        "<script defer src=\"\(origin)/t.js\" data-site=\"\(code)\"></script>"
    }
}
