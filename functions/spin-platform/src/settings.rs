//! Variables of the application, as `spin.toml` hands them to a component.

use souk_settings::{SettingsError, Values};

/// Variables by their names; empty where the component has none of a name.
pub async fn values<'a>(names: impl IntoIterator<Item = &'a &'static str>) -> Values {
    let mut values = Vec::new();
    for &name in names {
        let value = spin_sdk::variables::get(name).await;
        values.push((name, value.unwrap_or_default()));
    }
    values.into_iter().collect()
}

/// Settings for as long as the instance lives, or a line in the log that says what is wrong with
/// them; the component answers nothing but that it is closed then.
pub fn keep<T>(settings: Result<T, SettingsError>) -> Option<&'static T> {
    match settings {
        Ok(settings) => Some(Box::leak(Box::new(settings))),
        Err(error) => {
            eprintln!("{error}");
            None
        }
    }
}
