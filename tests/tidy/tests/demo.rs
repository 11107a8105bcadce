//! Nothing in the program speaks for one shop: what the demo shop says stands in its folder alone.

use souk_tidy::{demo_texts, files, read};

/// Where the program's own texts and code are.
const PROGRAM: [&str; 2] = ["shared/", "functions/"];

#[test]
fn no_text_of_the_demo_shop_is_in_the_program() {
    let texts = demo_texts();
    assert!(texts.len() > 100, "{texts:?}");
    let mut found = Vec::new();
    let mut looked_at = 0;
    for path in [".rs", ".toml", ".css", ".js"].into_iter().flat_map(files) {
        let name = path.display().to_string();
        if !PROGRAM.iter().any(|folder| name.starts_with(folder)) || name.contains("/tests/") {
            continue;
        }
        looked_at += 1;
        let code = read(&path);
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        let told = texts.iter().filter(|text| code.contains(text.as_str()));
        found.extend(told.map(|text| format!("{name}: {text}")));
    }
    assert!(looked_at > 200, "{looked_at} files");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
