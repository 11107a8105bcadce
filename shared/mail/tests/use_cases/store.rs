//! The key-value store that a shop publishes into.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use souk_catalogue::{FORMAT, Hash, Manifest, Text};
use souk_cldr::LanguageData;
use souk_domain::Currency;
use souk_ports::PortError;
use souk_protocol::keys;
use souk_protocol::staff::Pointer;
use souk_shop::{Account, Contact, LanguagePack, Offset, PaymentMethods, Shop};

/// What is published, and whether it can be read.
#[derive(Debug, Default)]
pub(crate) struct Store {
    values: RefCell<BTreeMap<String, Bytes>>,
    versions: Cell<u64>,
    pub(crate) is_down: Cell<bool>,
    pub(crate) reads: Cell<u32>,
}

static LANGUAGES: LazyLock<[LanguageData; 3]> = LazyLock::new(|| {
    let euro = Currency::parse("EUR").expect("a currency");
    ["en", "zh", "de"].map(|code| souk_cldr::language(code, euro).expect("CLDR knows it"))
});

/// A shop in Berlin with three languages, whose packs [`Store::publish`] writes.
pub(crate) fn teahouse() -> Shop {
    Shop {
        name: Text::new("Teahouse"),
        languages: LANGUAGES.iter().map(|data| data.language.clone()).collect(),
        contact: Contact {
            email: Some("help@shop.example".to_owned()),
            phone: None,
        },
        offsets: vec![Offset {
            from_s: 0,
            east_s: 7_200,
        }],
        payment: PaymentMethods {
            account: Some(Account {
                holder: "Teahouse Ltd".to_owned(),
                number: "DE02 1203".to_owned(),
                bic: Some("BYLADEM1001".to_owned()),
                ..Account::default()
            }),
            ..PaymentMethods::default()
        },
        ..Shop::default()
    }
}

impl Store {
    pub(crate) fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        self.reads.set(self.reads.get() + 1);
        match self.is_down.get() {
            true => Err(PortError::Transient("the store is down".to_owned())),
            false => Ok(self.values.borrow().get(key).cloned()),
        }
    }

    /// Writes a blob; its name.
    pub(crate) fn put(&self, blob: Vec<u8>) -> Hash {
        let hash = Hash::of(&blob);
        let key = keys::blob(hash);
        self.values.borrow_mut().insert(key, blob.into());
        hash
    }

    /// Publishes a version that says this.
    pub(crate) fn publish(&self, shop: &Shop) {
        let mut shop = shop.clone();
        for language in &mut shop.languages {
            let data = LANGUAGES
                .iter()
                .find(|one| one.language.code == language.code);
            let pack = LanguagePack {
                words: vec![("transfer_account".to_owned(), "IBAN".to_owned())],
                formats: data.map(|data| data.formats.clone()).unwrap_or_default(),
                countries: None,
            };
            language.pack = Some(self.put(pack.encode()));
        }
        let manifest = Manifest {
            shop: Some(self.put(shop.encode())),
            segment_bits: 0,
            directory: Vec::new(),
            collections: Hash::of(b""),
            currency: "EUR".to_owned(),
            products: 0,
            variants: 0,
            sitemaps: Vec::new(),
            redirects: Vec::new(),
            attached: None,
            terms: None,
            search_rules: None,
            pricing: None,
            shown: None,
            shared_skus: None,
            skus: None,
            addresses: None,
            search: None,
            search_blobs: None,
            overview: None,
            sales: Vec::new(),
        };
        let manifest = self.put(manifest.encode());
        let version = self.versions.get() + 1;
        self.versions.set(version);
        let pointer = Pointer {
            version,
            manifest: manifest.to_string(),
            activated_at_ms: i64::try_from(version).expect("a few versions"),
            before: None,
        };
        let pointer = serde_json::to_vec(&pointer).expect("plain structs become JSON");
        let mut values = self.values.borrow_mut();
        values.insert(keys::current(FORMAT), pointer.into());
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.values.borrow_mut().clear();
    }
}
