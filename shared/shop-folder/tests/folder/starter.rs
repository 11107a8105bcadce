//! A new folder.

use souk_shop_folder::{SCHEMAS, schema, starter::Starter, theme};

use crate::world::read;

#[test]
fn a_new_folder_is_right_in_every_country() {
    for (country, language) in [("DE", "de"), ("US", "en"), ("CN", "zh")] {
        let starter = Starter {
            collections: vec![("tea".to_owned(), "Tea".to_owned())],
            ..Starter::of("My \"shop\"", country)
        };
        assert_eq!(starter.language, language);
        let files = starter.files();
        let text = |path: &str| std::str::from_utf8(&files[path]).unwrap();
        let (settings, problems) = read(text("shop.toml"));
        assert_eq!(problems, [], "{}", text("shop.toml"));
        assert_eq!(settings.shop.country, country);
        let mut problems = Vec::new();
        theme::read(text("theme.toml"), &mut problems);
        assert_eq!(problems, [], "{}", text("theme.toml"));
        assert!(files.contains_key("content/pages/about.md"));
        assert!(files.contains_key("content/pages/privacy.md"));
    }
}

/// Every key of a schema, with those above it.
fn keys(schema: &serde_json::Value, found: &mut Vec<String>) {
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        found.push(name.clone());
        keys(value, found);
        keys(&value["items"], found);
        for one in value["items"]["oneOf"].as_array().into_iter().flatten() {
            keys(one, found);
        }
    }
}

#[test]
fn every_setting_is_explained_in_a_new_folder() {
    let files = Starter::of("Shop", "DE").files();
    for (name, file) in [
        ("shop", "shop.toml"),
        ("theme", "theme.toml"),
        ("search", "search.toml"),
    ] {
        let text = std::str::from_utf8(&files[file]).unwrap();
        let mut known = Vec::new();
        keys(&schema(name, &[]).unwrap(), &mut known);
        assert!(known.len() > 10, "{known:?}");
        for key in known {
            assert!(
                text.contains(&key),
                "{file} does not explain {key}:\n{text}"
            );
        }
    }
}

#[test]
fn every_file_has_a_schema() {
    for name in SCHEMAS {
        let schema = schema(name, &[]).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["type"], "object", "{name}");
    }
    let shop = schema("shop", &[]).unwrap();
    assert_eq!(
        shop["required"],
        serde_json::json!(["name", "languages", "currency", "country", "time_zone"])
    );
    assert_eq!(shop["additionalProperties"], false);
    assert_eq!(schema("shops", &[]), None);
}
