//! The name of a table as SQL writes it: `orders`, `public.orders`, `"Sales"."Orders 2024"`.

/// Whether the text is one or two identifiers with a dot between them.
pub fn is_one(text: &str) -> bool {
    let Some(rest) = after_identifier(text.trim()) else { return false };
    match rest.trim_start().strip_prefix('.') {
        Some(table) => after_identifier(table.trim_start()).is_some_and(|rest| rest.trim().is_empty()),
        None => rest.trim().is_empty(),
    }
}

/// What follows the identifier that the text begins with.
fn after_identifier(text: &str) -> Option<&str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(text.len());
        let begins_well = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        return begins_well.then(|| &text[end..]);
    };
    // Two quotes inside stand for one.
    let mut from = 0;
    loop {
        let end = from + quoted[from..].find('"')?;
        if !quoted[end + 1..].starts_with('"') {
            return (end > 0).then(|| &quoted[end + 1..]);
        }
        from = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn one_or_two_identifiers_are_a_table() {
        for text in ["orders", "public.orders", r#""Orders""#, r#""My Schema"."Orders.2024""#, r#"public."a""b""#, "größe", "_a$1", " public . orders "] {
            assert!(is_one(text), "{text}");
        }
        for text in ["", r#""public"."orders"#, "public.", "a.b.c", "My Schema.Orders", "1a", r#""""#, "a;b", "orders, items", "a.b c", "."] {
            assert!(!is_one(text), "{text}");
        }
    }
}
