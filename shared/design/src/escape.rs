//! Texts of requirements in the languages that files for people are written in.

/// Text that Markdown shows as it is.
pub(crate) fn markdown(text: &str) -> String {
    escaped(text, &['\\', '`', '*', '_', '[', ']', '<', '>', '|', '#'])
}

/// The same, but what is between backticks is code.
pub(crate) fn markdown_with_code(text: &str) -> String {
    escaped(text, &['\\', '*', '[', ']', '<', '|'])
}

fn escaped(text: &str, marks: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // Code shows a backslash before it, and a name of HTML does not.
            '<' if !marks.contains(&'`') => out.push_str("&lt;"),
            '\n' | '\r' => out.push(' '),
            letter => {
                if marks.contains(&letter) {
                    out.push('\\');
                }
                out.push(letter);
            }
        }
    }
    out
}

/// Text that means nothing to Markdown, in code and in tables too: what would is left out.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '|' | '`' | '<' | '>' | '[' | ']' | '\n' | '\r' => ' ',
            other => other,
        })
        .collect()
}

/// Text that HTML and SVG show as it is.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML takes no others of these.
            letter if letter.is_control() && !matches!(letter, '\t' | '\n' | '\r') => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_stay_texts() {
        let text = "a|b <i> `c` [d](e)\n# *f* _g_ \\ & \"'";
        assert_eq!(
            markdown(text),
            "a\\|b \\<i\\> \\`c\\` \\[d\\](e) \\# \\*f\\* \\_g\\_ \\\\ & \"'"
        );
        assert_eq!(
            markdown_with_code(text),
            "a\\|b &lt;i> `c` \\[d\\](e) # \\*f\\* _g_ \\\\ & \"'"
        );
        assert_eq!(harmless(text), "a b  i   c   d (e) # *f* _g_ \\ & \"'");
        assert_eq!(
            html(text),
            "a|b &lt;i&gt; `c` [d](e)\n# *f* _g_ \\ &amp; &quot;&#39;"
        );
    }
}
