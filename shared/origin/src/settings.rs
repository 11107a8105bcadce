//! What a deployment decides about its origin.

use souk_order_store::{LIMIT_UNITS_MAX, Limits, Terms};
use souk_ports::Randomness;
use souk_pricing::SeriesKeys;
use souk_settings::{Reader, Secrets, SettingsError, Values};
use souk_vault::Vault;

/// What the log says where personal fields are stored as they are.
pub const UNSEALED: &str = "open_storage (OPEN_STORAGE) is true and there are no data keys: names and \
    addresses of orders are stored unsealed. To end that, set the secret data_keys (DATA_KEYS) to \
    NAME:KEY, KEY by `openssl rand -base64 32`, and run `souk keys rewrap`";

/// The limit that clients on the shop's own machine do not have unless it is set.
const PER_BUYER: &str = "limits_unpaid_units_per_buyer";
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Ten years, in days.
const DAYS_MAX: i64 = 3_650;

/// Settings of the origin.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What orders promise and cost.
    pub terms: Terms,
    /// Knows the codes of promotions' series, and makes them; without a secret there are none.
    pub series: SeriesKeys,
    /// Seals personal fields before they are stored.
    pub vault: Vault,
}

impl Settings {
    /// Names of the variables and secrets that [`Settings::read`] needs.
    pub const NAMES: [&'static str; 11] = [
        "archive_after_days",
        "unpaid_kept_days",
        "freeze_minutes",
        "limits_units_per_line",
        "limits_units_per_order",
        "limits_unpaid_units_per_buyer",
        "limits_unpaid_units_per_client",
        "limits_unpaid_percent_per_sku",
        "code_secret",
        "data_keys",
        "open_storage",
    ];

    /// Reads the settings as a deployment writes them: numbers and days. Nonces of
    /// sealed fields come from `random`.
    ///
    /// # Errors
    /// With everything that is wrong, also where there are no data keys and nothing says that this is
    /// meant; the origin answers nothing then, so that no order is stored open because of a slip.
    pub fn read(values: &Values, random: impl Randomness + 'static) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(values);
        let terms = terms(&mut reader);
        let series = reader.optional_secrets("code_secret");
        let series = SeriesKeys::new(series.iter().flat_map(Secrets::all));
        let open_storage = reader.switch("open_storage", false);
        let keys = reader.text("data_keys");
        for entry in keys.split(',').filter(|entry| !entry.trim().is_empty()) {
            let (_name, key) = entry.split_once(':').unwrap_or_default();
            reader.key("data_keys", key);
        }
        let vault = Vault::of_deployment(keys, open_storage, random).unwrap_or_else(|error| {
            reader.fault("data_keys", error);
            Vault::default()
        });
        reader.finish(Self {
            terms,
            series,
            vault,
        })
    }
}

/// What the shop publishes (methods, fees and holds) comes with its version.
fn terms(reader: &mut Reader<'_>) -> Terms {
    let default = Terms::DEFAULT;
    let mut days = |name: &str, default_ms: i64| {
        reader.number(name, default_ms / DAY_MS, 1..=DAYS_MAX) * DAY_MS
    };
    Terms {
        archive_after_ms: days("archive_after_days", default.archive_after_ms),
        unpaid_kept_ms: days("unpaid_kept_days", default.unpaid_kept_ms),
        freeze_ms: reader.freeze_ms(),
        limits: limits(reader),
        ..default
    }
}

fn limits(reader: &mut Reader<'_>) -> Limits {
    let default = Limits::DEFAULT;
    let mut number = |name: &str, default: u32, max: u32| {
        let number = reader.number(name, default.into(), 0..=max.into());
        u32::try_from(number).expect("within its bounds")
    };
    let mut units = |name: &str, default| number(name, default, LIMIT_UNITS_MAX);
    let units_per_line = units("limits_units_per_line", default.units_per_line);
    let units_per_order = units("limits_units_per_order", default.units_per_order);
    let unpaid_units_per_buyer = units(PER_BUYER, default.unpaid_units_per_buyer);
    let unpaid_units_per_client = units(
        "limits_unpaid_units_per_client",
        default.unpaid_units_per_client,
    );
    let percent = number(
        "limits_unpaid_percent_per_sku",
        default.unpaid_percent_per_sku.into(),
        100,
    );
    Limits {
        units_per_line,
        units_per_order,
        unpaid_units_per_buyer,
        is_buyer_default: reader.text(PER_BUYER).is_empty(),
        unpaid_units_per_client,
        unpaid_percent_per_sku: u8::try_from(percent).expect("at most 100"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seals nothing in these tests.
    struct NoNonces;

    impl Randomness for NoNonces {
        fn random_bytes(&self) -> [u8; 16] {
            [0; 16]
        }
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(&pairs.iter().copied().collect(), NoNonces)
    }

    #[test]
    fn how_long_orders_are_kept_is_read_in_days() {
        let settings = read(&[
            ("open_storage", "true"),
            ("archive_after_days", "30"),
            ("unpaid_kept_days", "3"),
            ("freeze_minutes", "0"),
        ]);
        let terms = settings.unwrap().terms;
        assert_eq!(terms.freeze_ms, 0);
        assert_eq!(terms.archive_after_ms, 2_592_000_000);
        assert_eq!(terms.unpaid_kept_ms, 259_200_000);
        let default = Terms {
            limits: Limits::DEFAULT,
            ..Terms::DEFAULT
        };
        let open = read(&[("open_storage", "true")]);
        assert_eq!(open.unwrap().terms, default);
    }

    #[test]
    fn an_origin_without_data_keys_says_that_it_means_it() {
        for not_meant in ["", "false"] {
            let error = read(&[("open_storage", not_meant)]).unwrap_err();
            assert_eq!(error.0[0].name, "data_keys", "{not_meant}");
        }
        assert!(!read(&[("open_storage", "true")]).unwrap().vault.seals());
    }

    #[test]
    fn limits_are_read_and_0_is_none() {
        let read = read(&[
            ("open_storage", "true"),
            ("limits_units_per_line", " 7 "),
            ("limits_units_per_order", "0"),
            ("limits_unpaid_units_per_buyer", "30"),
            ("limits_unpaid_percent_per_sku", "20"),
        ]);
        let limits = read.unwrap().terms.limits;
        assert_eq!(limits.of_order().units_per_line, Some(7));
        assert_eq!(limits.of_order().units_per_order, None);
        assert!(!limits.is_buyer_default);
        assert_eq!(limits.unpaid_percent_per_sku, 20);
    }

    #[test]
    fn nothing_that_cannot_be_read_becomes_a_default() {
        for name in Settings::NAMES {
            for nonsense in ["-1", "1e9", "99999999999999999999", "x", "-500"] {
                let error = read(&[(name, nonsense)]).unwrap_err();
                assert_eq!(error.0[0].name, name, "{nonsense}");
            }
        }
        for (name, text) in [
            ("archive_after_days", "3651"),
            ("unpaid_kept_days", "0"),
            ("freeze_minutes", "61"),
            ("limits_units_per_line", "1000001"),
            ("limits_unpaid_percent_per_sku", "101"),
            (
                "data_keys",
                "a:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            ),
        ] {
            assert!(read(&[(name, text)]).is_err(), "{name}={text}");
        }
    }
}
