//! Columns of text.

use unicode_width::UnicodeWidthStr;

/// The head of a column, which says on which side its cells stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column<'a> {
    /// Words.
    Left(&'a str),
    /// Numbers.
    Right(&'a str),
}

/// A head and rows, two blanks between columns, none at the end of a line.
pub(crate) fn table<const N: usize>(
    columns: [Column<'_>; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let head = columns.map(|column| match column {
        Column::Left(name) | Column::Right(name) => name.to_owned(),
    });
    let rows: Vec<[String; N]> = std::iter::once(head).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(widths).zip(columns);
        let cells = cells.map(|((cell, width), column)| {
            let blanks = " ".repeat(width - cell.width());
            match column {
                Column::Left(_) => format!("{cell}{blanks}"),
                Column::Right(_) => format!("{blanks}{cell}"),
            }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}
