"""Strings that would run, or change a page, if one place forgot to escape them.

Written for this program. Whatever gets through calls `__xss`, or leaves an element with a
`data-xss` attribute behind; test_xss.py looks for both.
"""
CALL = "__xss(1)"
ACCENT, JOINER, SELECTOR, OVERRIDE = "\u0301", "\u200d", "\ufe0f", "\u202e"

TAGS = [
    f"<script>{CALL}</script>", f"<ScRiPt data-xss>{CALL}//", f"</script><script>{CALL}</script>",
    f"<img src=x onerror={CALL}>", f"<img/src=x/onerror={CALL} data-xss>",
    f"<img src='/x'onerror='{CALL}'>", f"<<b data-xss>b", f"<b data-xss>bold</b>",
    f"<i\tdata-xss\fonmouseover={CALL}>i", f"<body onload={CALL}>", f"<input autofocus onfocus={CALL}>",
    f"<details open ontoggle={CALL}>", f"<video><source onerror={CALL}>", f"<audio src onerror={CALL}>",
    f"<marquee onstart={CALL}>", f"<button popovertarget=x onclick={CALL}>b", f"<form action=javascript:{CALL}>",
    f"<isindex action=javascript:{CALL}>", "<base href=//evil.example/ data-xss>",
    "<meta http-equiv=refresh content=0;url=//evil.example data-xss>",
    "<link rel=stylesheet href=//evil.example/x.css data-xss>", "<iframe srcdoc='<p data-xss>'>",
    f"<object data=javascript:{CALL}>", f"<embed src=javascript:{CALL}>", "<plaintext data-xss>",
    "<textarea data-xss>", "<template data-xss><b>", "<dialog open data-xss>d", "<x-y data-xss>",
    f"<a href=javascript:{CALL} data-xss>a",
]
CLOSERS = [
    f"</title><b data-xss>", "</textarea><b data-xss>", "</style><b data-xss>", "</option><b data-xss>",
    f"--><b data-xss>", "]]><b data-xss>", f"</script ><b data-xss>", "</noscript><b data-xss>",
]
ATTRIBUTES = [
    f'" onmouseover="{CALL}" data-xss="', f"' onmouseover='{CALL}' data-xss='", f'"autofocus onfocus={CALL} data-xss ',
    f'"{ACCENT} data-xss="', f"'{ACCENT} data-xss='", f'"{JOINER} data-xss x="', f'"{SELECTOR} data-xss x="',
    f'"><b data-xss>', f"'><b data-xss>", f'"{ACCENT}><b data-xss>', "` data-xss=`",
    f'" hx-get="/sign-out" hx-trigger="load" data-xss="', '" style="position:fixed" data-xss="',
]
FOREIGN = [
    f"<svg onload={CALL}>", f"<svg><script>{CALL}</script>", f"<svg><animate onbegin={CALL} attributeName=x>",
    f"<svg><a xlink:href=javascript:{CALL}><text data-xss>t", f"<math><mtext><b data-xss>m",
    f"<math href=javascript:{CALL} data-xss>m", f"<svg><foreignObject><b data-xss>f",
]
ADDRESSES = [
    f"javascript:{CALL}", f"JaVaScRiPt:{CALL}", f"java\tscript:{CALL}", f"\x01javascript:{CALL}",
    f"data:text/html,<b data-xss>", f"vbscript:{CALL}", f"//evil.example/%0ajavascript:{CALL}",
    f"https://a.example/\"onclick={CALL}//",
]
TEMPLATES = [
    "{{{value}}}<b data-xss>", "{{&value}}", "{{=<% %>=}}<%{x}%>", "{{> layout}}", "{{#rows}}{{/rows}}", "${7*7}#{7*7}",
]
TRICKS = [
    "&lt;b data-xss&gt;", "&#60;b data-xss&#62;", "&#x3c;b data-xss&#x3E", "&amp;lt;b data-xss&amp;gt;",
    "%3Cb data-xss%3E", "\\u003cb data-xss\\u003e", "\\x3cb data-xss\\x3e", "+ADw-b data-xss+AD4-",
    "\uff1cb data-xss\uff1e", f"<{ACCENT}b data-xss>", f"{OVERRIDE}>ssx-atad b<", "\ufffd<b data-xss>",
    "\u2028<b data-xss>\u2029", "\x7f<b data-xss>\x08", "expression(alert(1))", "</b><b style=x:expression(1) data-xss>",
    f"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={CALL} )//</stYle/</titLe/</teXtarEa/</scRipt/--!><sVg/<sVg/oNloAd={CALL}//>",
]
CORPUS = TAGS + CLOSERS + ATTRIBUTES + FOREIGN + ADDRESSES + TEMPLATES + TRICKS
