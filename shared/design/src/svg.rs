//! What all pictures have in common: colours for light and dark, and the frame of a file.

use crate::escape::html as escape;

/// Colours, by what they mean.
pub(crate) const PALETTE: &str = "
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#d5dbe3;--back:#fff;--mark:#eef4ff;--a:#1f6feb;--b:#c2410c;--c:#15803d}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#333c49;--back:#12161c;--mark:#1a2536;--a:#6ea8fe;--b:#fb923c;--c:#4ade80}}
";

/// A picture as a file of its own: `body` on a ground of its own, so that it is read on pages of any colour.
pub(crate) fn file(width: i64, height: i64, label: &str, style: &str, body: &str) -> String {
    let label = escape(label);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"{label}\">\n<style>{PALETTE}text{{fill:var(--ink);font:12px system-ui,sans-serif}}\n{style}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"var(--back)\"/>\n{body}</svg>\n"
    )
}

#[cfg(test)]
#[test]
fn whatever_stands_in_a_text_a_picture_is_one_element() {
    let text = "</text><script>\u{1}\"'&";
    let file = file(10, 20, text, "", &format!("<text>{}</text>", escape(text)));
    assert!(!file.contains("<script"), "{file}");
    assert_eq!(file.matches("</text>").count(), 1, "{file}");
    let letters = escape(text);
    assert_eq!(
        letters, "&lt;/text&gt;&lt;script&gt; &quot;&#39;&amp;",
        "{letters}"
    );
}
