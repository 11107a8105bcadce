//! Variables and secrets of the deployment, read once per isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

/// Settings of every part.
pub(crate) struct WorkersSettings {
    pub(crate) storefront: souk_storefront::Settings,
    pub(crate) staff_token: String,
}

thread_local! {
    static SETTINGS: OnceCell<Rc<WorkersSettings>> = const { OnceCell::new() };
}

pub(crate) fn settings(env: &Env) -> Rc<WorkersSettings> {
    SETTINGS.with(|cell| cell.get_or_init(|| Rc::new(read(env))).clone())
}

fn read(env: &Env) -> WorkersSettings {
    let text = |name: &str| {
        env.var(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    let secret = |name: &str| {
        env.secret(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    let storefront = souk_storefront::Settings {
        shop_name: text("SHOP_NAME"),
        base_url: Some(text("BASE_URL")).filter(|url| !url.is_empty()),
        session_secret: secret("SESSION_SECRET"),
        express_fee_minor: express_fee_minor(env),
    };
    WorkersSettings {
        storefront,
        staff_token: secret("STAFF_TOKEN"),
    }
}

/// Fee of the express delivery; 0 when the deployment names none.
pub(crate) fn express_fee_minor(env: &Env) -> i64 {
    let text = env.var("EXPRESS_FEE_MINOR").map(|value| value.to_string());
    text.ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}
