//! A visitor without scripts: follows redirects and links, keeps cookies, fills in forms.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use souk_e2e::{Answer, Client};

/// What is typed into fields of forms, where there are any of these names.
const TYPED: [(&str, &str); 9] = [
    ("name", "Li Lei"),
    ("email", "lilei@example.com"),
    ("country", "CN"),
    ("region", "Zhejiang"),
    ("city", "Hangzhou"),
    ("postal_code", "310000"),
    ("line1", "1 Wensan Road"),
    ("delivery", "standard"),
    ("payment", "on_delivery"),
];

/// A browser without scripts.
pub(crate) struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn of(client: &Client) -> Self {
        Self {
            client: client.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// Reads a page with its own cookies.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, String::new()).await
    }

    /// Sends the form of a page that goes to an address, with what its fields hold and what is typed.
    pub(crate) async fn submit(&mut self, page: &Answer, action: &str) -> Result<Answer> {
        let html = page.text();
        let form = form(&html, action)
            .with_context(|| format!("no form goes to {action}: {}", page.beginning()))?;
        let mut fields = fields(form);
        let of_address = action.ends_with("/checkout");
        for (name, typed) in TYPED {
            if of_address || fields.contains_key(name) {
                fields.insert(name.to_owned(), typed.to_owned());
            }
        }
        let body = fields.iter().map(|(name, value)| {
            let [name, value] = [name, value].map(|text| encoded(text));
            format!("{name}={value}")
        });
        let body = body.collect::<Vec<_>>().join("&");
        self.send("POST", action, body).await
    }

    async fn send(&mut self, method: &str, path: &str, body: String) -> Result<Answer> {
        let cookies = self.cookies.iter();
        let cookies = cookies.map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let mut headers = vec![("accept", "text/html"), ("sec-fetch-site", "same-origin")];
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let answer = self.client.send(method, path, &headers, body).await?;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = cookie.split_once('=').context("a cookie")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }
}

/// Where an answer leads on, which has to be a redirect after a form.
pub(crate) fn leads_to(answer: &Answer) -> Result<String> {
    ensure!(answer.status == 303, "{}: {}", answer.status, answer.text());
    Ok(answer.header("location").to_owned())
}

/// The first address in a page that begins so.
pub(crate) fn link(page: &Answer, beginning: &str) -> Option<String> {
    let html = page.text();
    let hrefs = html.split("href=\"").skip(1);
    let mut hrefs = hrefs.filter_map(|rest| rest.split('"').next());
    let found = hrefs.find(|href| href.starts_with(beginning));
    found.map(unescaped)
}

/// The inside of the form that goes to an address.
fn form<'h>(html: &'h str, action: &str) -> Option<&'h str> {
    let forms = html.split("<form").skip(1);
    let mut forms = forms.filter_map(|rest| {
        let (tag, rest) = rest.split_once('>')?;
        let goes = attribute(tag, "action")? == action;
        goes.then(|| rest.split("</form>").next()).flatten()
    });
    forms.next()
}

/// The fields of a form with what they hold, without those that are not chosen.
fn fields(form: &str) -> BTreeMap<String, String> {
    let tags = form.split("<input").skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    let held = tags.filter(|tag| {
        let kind = attribute(tag, "type").unwrap_or_default();
        match kind.as_str() {
            "radio" | "checkbox" => tag.split_whitespace().any(|word| word == "checked"),
            "submit" => false,
            _ => true,
        }
    });
    let held = held.filter_map(|tag| {
        let value = attribute(tag, "value").unwrap_or_default();
        Some((attribute(tag, "name")?, value))
    });
    held.collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&#39;", "'");
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}

fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let bytes = text.bytes().map(|byte| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}
