//! A routing table: which endpoint a method and a path mean, and the problem for a request that
//! means none.
//!
//! A route has the method and the path of an endpoint of the protocol, where a parameter such as
//! `{order}` stands for any one segment. Tables are short, so they are read from the front.

use souk_protocol::endpoint::{self, is_parameter};
use souk_protocol::problem::{Problem, ProblemKind};

/// One line of a table; `E` says which endpoint, and is matched without a wildcard by its caller.
#[derive(Debug, Clone, Copy)]
pub struct Route<E> {
    method: endpoint::Method,
    path: &'static str,
    endpoint: E,
}

/// As the header `Allow` lists it.
fn names(method: endpoint::Method) -> &'static str {
    match method {
        endpoint::Method::Get => "GET, HEAD",
        other => other.name(),
    }
}

impl<E> Route<E> {
    /// The endpoint at a method and a path.
    pub const fn new(method: endpoint::Method, path: &'static str, endpoint: E) -> Self {
        Self {
            method,
            path,
            endpoint,
        }
    }

    /// The path, with names in braces.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    fn takes(&self, method: &http::Method) -> bool {
        match self.method {
            endpoint::Method::Get => matches!(*method, http::Method::GET | http::Method::HEAD),
            endpoint::Method::Post => method == http::Method::POST,
            endpoint::Method::Put => method == http::Method::PUT,
            endpoint::Method::Delete => method == http::Method::DELETE,
        }
    }

    fn parameters<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        let mut found = Vec::new();
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return Some(found),
                (Some(wanted), Some(given)) if is_parameter(wanted) && !given.is_empty() => {
                    found.push(given);
                }
                (Some(wanted), Some(given)) if wanted == given => {}
                (_, _) => return None,
            }
        }
    }
}

/// Why no endpoint is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// There is nothing at this path.
    Path,
    /// There is something at this path, for other methods.
    Method {
        /// These, as the header `Allow` lists them.
        allow: String,
    },
}

impl Miss {
    /// The problem that the client gets.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Path => Problem::new(ProblemKind::NotFound),
            Self::Method { allow } => {
                let detail = format!("this address answers {allow}");
                Problem::new(ProblemKind::MethodNotAllowed).detail(detail)
            }
        }
    }
}

/// The endpoint that is meant, with the values of its parameters as they came.
///
/// # Errors
/// [`Miss`].
pub fn find<'p, E>(
    table: impl IntoIterator<Item = Route<E>>,
    method: &http::Method,
    path: &'p str,
) -> Result<(E, Vec<&'p str>), Miss> {
    let mut allow: Vec<&str> = Vec::new();
    for route in table {
        let Some(parameters) = route.parameters(path) else {
            continue;
        };
        if route.takes(method) {
            return Ok((route.endpoint, parameters));
        }
        let names = names(route.method);
        if !allow.contains(&names) {
            allow.push(names);
        }
    }
    Err(match allow.is_empty() {
        true => Miss::Path,
        false => Miss::Method {
            allow: allow.join(", "),
        },
    })
}

#[cfg(test)]
mod tests {
    use souk_protocol::endpoint::Method;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Endpoint {
        List,
        Make,
        Show,
        Remove,
        Own,
        Changes,
        Blob,
    }

    const TABLE: [Route<Endpoint>; 7] = [
        Route::new(Method::Get, "/orders", Endpoint::List),
        Route::new(Method::Post, "/orders", Endpoint::Make),
        Route::new(Method::Get, "/orders/own", Endpoint::Own),
        Route::new(Method::Get, "/orders/{order}", Endpoint::Show),
        Route::new(Method::Delete, "/orders/{order}", Endpoint::Remove),
        Route::new(
            Method::Post,
            "/orders/{order}/changes/{id}",
            Endpoint::Changes,
        ),
        Route::new(Method::Put, "/blobs/{hash}", Endpoint::Blob),
    ];

    #[test]
    fn method_and_path_name_an_endpoint() {
        let cases: [(&str, &str, Endpoint, &[&str]); 9] = [
            ("GET", "/orders", Endpoint::List, &[]),
            ("HEAD", "/orders", Endpoint::List, &[]),
            ("POST", "/orders", Endpoint::Make, &[]),
            ("GET", "/orders/own", Endpoint::Own, &[]),
            ("GET", "/orders/7", Endpoint::Show, &["7"]),
            ("GET", "/orders/%2F", Endpoint::Show, &["%2F"]),
            ("DELETE", "/orders/7", Endpoint::Remove, &["7"]),
            (
                "POST",
                "/orders/7/changes/b",
                Endpoint::Changes,
                &["7", "b"],
            ),
            ("PUT", "/blobs/ab", Endpoint::Blob, &["ab"]),
        ];
        for (method, path, endpoint, parameters) in cases {
            let found = find(TABLE, &method.parse().unwrap(), path);
            assert_eq!(
                found,
                Ok((endpoint, parameters.to_vec())),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_path_that_is_there_names_its_methods() {
        let cases = [
            ("PUT", "/orders", "GET, HEAD, POST"),
            ("POST", "/orders/7", "GET, HEAD, DELETE"),
            ("POST", "/orders/own", "GET, HEAD, DELETE"),
            ("GET", "/orders/7/changes/b", "POST"),
        ];
        for (method, path, allow) in cases {
            let allow = allow.to_owned();
            let found = find(TABLE, &method.parse().unwrap(), path);
            assert_eq!(found, Err(Miss::Method { allow }), "{method} {path}");
        }
    }

    #[test]
    fn nothing_is_at_other_paths() {
        let paths = [
            "",
            "/",
            "/orders/",
            "/orders/7/",
            "/orders/7/changes/",
            "/orders7",
            "orders",
            "/Orders",
            "/blobs",
            "/blobs/",
            "/blobs/ab/",
            "/blobs//ab",
        ];
        for path in paths {
            assert_eq!(
                find(TABLE, &http::Method::GET, path),
                Err(Miss::Path),
                "{path}"
            );
        }
    }
}
