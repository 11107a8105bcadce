//! Variables of the application, as `spin.toml` hands them to a component.

/// The value of a variable; empty when the component has none of this name.
pub async fn variable(name: &str) -> String {
    spin_sdk::variables::get(name).await.unwrap_or_default()
}
