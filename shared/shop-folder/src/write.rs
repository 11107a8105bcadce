//! `shop.toml` of a shop that was published without one: written from what the version says.
//!
//! Invariant: what is read from the text is the same shop again.

use std::fmt::Write;

use souk_catalogue::{Media, Text};
use souk_shop::{Block, ContentKind, Place, Shop};

use crate::settings::address;
use crate::translated::Translated;

/// The text of the file. `picture` names the file of the folder for a picture of the shop.
pub fn shop_toml(shop: &Shop, currency: &str, picture: &dyn Fn(&Media) -> String) -> String {
    let languages = shop.languages.iter().map(|one| one.code.clone()).collect();
    let mut writer = Writer {
        text: "# Written by `souk` for products without settings; `souk init` writes every setting explained.\n".to_owned(),
        languages,
        picture,
    };
    writer.shop(shop, currency);
    writer.text
}

struct Writer<'p> {
    text: String,
    languages: Vec<String>,
    picture: &'p dyn Fn(&Media) -> String,
}

/// A text as TOML has it: JSON's escapes are among TOML's.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for one in text.chars() {
        match one {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            one if one.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(one));
            }
            one => quoted.push(one),
        }
    }
    quoted.push('"');
    quoted
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

impl Writer<'_> {
    fn shop(&mut self, shop: &Shop, currency: &str) {
        self.translated("name", &shop.name);
        self.translated("tagline", &shop.tagline);
        self.picture("logo", shop.logo.as_ref());
        self.picture("icon", shop.icon.as_ref());
        let languages = list(&self.languages);
        self.raw("languages", &languages);
        self.line("currency", currency);
        self.line("country", &shop.country);
        self.line("time_zone", &shop.time_zone);
        self.table("[contact]");
        self.optional("email", shop.contact.email.as_deref());
        self.optional("phone", shop.contact.phone.as_deref());
        self.table("[company]");
        self.optional("name", shop.company.name.as_deref());
        self.list("address", &shop.company.address);
        self.optional("register", shop.company.register.as_deref());
        self.optional("vat_id", shop.company.vat_id.as_deref());
        self.payment(shop, currency);
        self.table("[api]");
        self.list("origins", &shop.api_origins);
        self.table("[footer]");
        self.translated("line", &shop.footer_line);
        self.places("footer.columns", &shop.footer);
        self.places("navigation", &shop.navigation);
        shop.home.iter().for_each(|block| self.block(block));
    }

    fn payment(&mut self, shop: &Shop, currency: &str) {
        let payment = &shop.payment;
        self.table("[payment]");
        self.list("methods", &payment.offered);
        self.raw("card_hold_minutes", &payment.card_hold_minutes.to_string());
        self.raw(
            "transfer_hold_days",
            &payment.transfer_hold_days.to_string(),
        );
        if let Some(account) = &payment.account {
            self.table("[payment.account]");
            self.line("holder", &account.holder);
            self.line("number", &account.number);
            self.optional("bic", account.bic.as_deref());
            self.optional("bank", account.bank.as_deref());
            self.translated("note", &account.note);
        }
        if let Some(fee) = shop.express_fee_minor {
            let digits = souk_domain::Currency::parse(currency).map_or(2, |one| one.minor_digits());
            let one = 10_i64.pow(digits);
            let fee = match digits {
                0 => fee.to_string(),
                digits => format!(
                    "{}.{:0width$}",
                    fee / one,
                    fee % one,
                    width = digits as usize
                ),
            };
            self.table("[delivery]");
            self.line("express_fee", &fee);
        }
    }

    fn places(&mut self, path: &str, places: &[Place]) {
        for place in places {
            self.table(&format!("[[{path}]]"));
            self.translated("label", &place.label);
            self.optional("to", place.target.as_ref().map(address).as_deref());
            self.places(&format!("{path}.items"), &place.places);
        }
    }

    fn block(&mut self, block: &Block) {
        self.table("[[home]]");
        match block {
            Block::Story(story) => {
                self.line("kind", "story");
                self.translated("title", &story.title);
                self.translated("text", &story.text);
                self.picture("picture", story.picture.as_ref());
                if let Some(picture) = &story.picture {
                    self.translated("picture_alt", &picture.alt);
                }
                self.line("pictures_of", &story.pictures_of);
                for (label, target) in &story.links {
                    self.table("[[home.links]]");
                    self.translated("label", label);
                    self.line("to", &address(target));
                }
            }
            Block::Row {
                title,
                collection,
                products,
            } => {
                let is_popular = collection.is_empty();
                self.line("kind", if is_popular { "popular" } else { "row" });
                self.translated("title", title);
                if !is_popular {
                    self.line("collection", collection);
                }
                self.raw("products", &products.to_string());
            }
            Block::Collections { title, collections } => {
                self.line("kind", "collections");
                self.translated("title", title);
                self.list("collections", collections);
            }
            Block::Notes { title, notes } => {
                self.line("kind", "notes");
                self.translated("title", title);
                for (title, text) in notes {
                    self.table("[[home.notes]]");
                    self.translated("title", title);
                    self.translated("text", text);
                }
            }
            Block::Text { title, html } => {
                self.line("kind", "text");
                self.translated("title", title);
                // HTML is Markdown too.
                self.translated("text", html);
            }
            Block::Documents {
                title,
                kind,
                tag,
                documents,
            } => {
                let guides = *kind == ContentKind::Blog;
                self.line("kind", if guides { "guides" } else { "questions" });
                self.translated("title", title);
                self.line("tag", tag);
                self.raw("documents", &documents.to_string());
            }
        }
    }

    fn table(&mut self, header: &str) {
        self.text.push_str(&format!("\n{header}\n"));
    }

    fn raw(&mut self, key: &str, value: &str) {
        self.text.push_str(&format!("{key} = {value}\n"));
    }

    /// A text that is the same in every language; nothing where it is empty.
    fn line(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.raw(key, &quoted(text));
        }
    }

    fn optional(&mut self, key: &str, text: Option<&str>) {
        self.line(key, text.unwrap_or_default());
    }

    fn list(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.raw(key, &list(texts));
        }
    }

    fn picture(&mut self, key: &str, picture: Option<&Media>) {
        if let Some(picture) = picture {
            let path = (self.picture)(picture);
            self.line(key, &path);
        }
    }

    fn translated(&mut self, key: &str, text: &Text) {
        let Translated { own, others } = Translated::of(text, &self.languages);
        if others.is_empty() {
            return self.line(key, &own);
        }
        let own = self.languages.first().map(|code| (code.clone(), own));
        let texts = own.into_iter().chain(others);
        // Codes with a hyphen are bare keys too.
        let texts: Vec<_> = texts
            .map(|(code, text)| format!("{code} = {}", quoted(&text)))
            .collect();
        self.raw(key, &format!("{{ {} }}", texts.join(", ")));
    }
}
