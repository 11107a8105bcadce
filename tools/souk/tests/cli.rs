//! The program as it is installed: outside of the repository, with nothing but a cache directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PRODUCTS: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n\
                        tea,Tea,Title,Default Title,TEA-1,4.50,tea.svg\n";
const PICTURE: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>"#;

/// A directory of this test's own, removed when dropped.
struct Elsewhere(PathBuf);

impl Elsewhere {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("souk-cli-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary directory is writable");
        Self(path)
    }

    fn souk(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_souk"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("XDG_CACHE_HOME", self.0.join("cache"))
            .output()
            .expect("the program starts")
    }

    fn write(&self, file: impl AsRef<Path>, text: &str) {
        fs::write(self.0.join(file), text).expect("the directory is writable");
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // What stays behind is in the temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_file_is_checked_without_a_shop_and_without_the_repository() {
    let elsewhere = Elsewhere::new("check");
    elsewhere.write("products.csv", PRODUCTS);
    elsewhere.write("tea.svg", PICTURE);
    let checked = elsewhere.souk(&["catalogue", "check", "products.csv"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    let report = text(&checked.stdout);
    assert!(report.contains("1 products with 1 variants"), "{report}");
    assert!(elsewhere.0.join("cache/souk/pictures").is_dir());

    elsewhere.write("products.csv", &PRODUCTS.replace("4.50", "much"));
    let refused = elsewhere.souk(&["catalogue", "check", "products.csv"]);
    assert!(!refused.status.success());
    let words = text(&refused.stderr);
    assert!(
        words.contains("correct them and run the command again"),
        "{words}"
    );
}

#[test]
fn without_a_token_the_error_says_where_to_put_one() {
    let elsewhere = Elsewhere::new("token");
    for shop in ["https://shop.example", "http://127.0.0.1:1"] {
        let refused = elsewhere.souk(&["queues", "--shop", shop]);
        assert!(!refused.status.success());
        let words = text(&refused.stderr);
        assert!(
            words.contains(shop) && words.contains("SOUK_STAFF_TOKEN"),
            "{words}"
        );
    }
}

#[test]
fn a_token_is_not_sent_to_another_machine_in_clear() {
    let elsewhere = Elsewhere::new("clear");
    let shop = "http://far.example";
    let refused = elsewhere.souk(&["queues", "--shop", shop, "--token", "hidden"]);
    assert!(!refused.status.success());
    let words = text(&refused.stderr);
    let says = |part: &str| words.contains(part);
    assert!(says("https://far.example") && says("ssh -L"), "{words}");
    assert!(!says("hidden") && !says("no shop answers"), "{words}");
}

#[test]
fn without_a_shop_the_error_says_how_to_name_one() {
    let elsewhere = Elsewhere::new("shop");
    elsewhere.write(".dev.vars", "STAFF_TOKEN = \"0123456789abcdef\"\n");
    // Nothing listens on port 1: that needs a privilege.
    let refused = elsewhere.souk(&["orders", "totals", "--shop", "http://127.0.0.1:1"]);
    assert!(!refused.status.success());
    let words = text(&refused.stderr);
    assert!(
        words.contains("--shop") && words.contains("SOUK_SHOP"),
        "{words}"
    );
}
