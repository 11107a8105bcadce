//! Paths and bodies with names in braces, in whose place a visit has its choices.

/// The names in braces; other braces are those of JSON.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('{').skip(1);
    let parts = parts.filter_map(|rest| rest.split_once('}'));
    parts.map(|(name, _)| name).filter(|name| is_name(name))
}

fn is_name(text: &str) -> bool {
    let is_sign = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'_';
    !text.is_empty() && text.bytes().all(is_sign)
}

pub(crate) fn filled<'a>(text: &str, value: impl Fn(&str) -> &'a str) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, rest)) => {
                filled.push_str(value(name));
                filled.push_str(rest);
            }
            None => {
                filled.push('{');
                filled.push_str(part);
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_filled_and_json_is_left_alone() {
        let value = |name: &str| if name == "sku" { "TEA" } else { "7" };
        let filled = filled(r#"{"sku":"{sku}","n":{visit},"x":{}}"#, value);
        assert_eq!(filled, r#"{"sku":"TEA","n":7,"x":{}}"#);
    }
}
