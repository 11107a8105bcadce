//! A routing table: which endpoint a method and a path mean, and the problem for a request that
//! means none.
//!
//! A pattern is a path of the protocol and what may lie below it, where `{}` stands for any one
//! segment. Tables are short, so they are read from the front.

use http::Method;
use souk_protocol::problem::{Problem, ProblemKind};

/// One line of a table; `E` says which endpoint, and is matched without a wildcard by its caller.
#[derive(Debug, Clone, Copy)]
pub struct Route<E> {
    method: Methods,
    path: &'static str,
    below: &'static str,
    endpoint: E,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Methods {
    Read,
    Post,
    Put,
    Delete,
}

impl Methods {
    fn names(self) -> &'static str {
        match self {
            Self::Read => "GET, HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    fn contains(self, method: &Method) -> bool {
        match self {
            Self::Read => matches!(*method, Method::GET | Method::HEAD),
            Self::Post => method == Method::POST,
            Self::Put => method == Method::PUT,
            Self::Delete => method == Method::DELETE,
        }
    }
}

impl<E> Route<E> {
    /// `GET`, and so `HEAD`.
    pub const fn get(path: &'static str, endpoint: E) -> Self {
        Self::of(Methods::Read, path, endpoint)
    }

    /// `POST`.
    pub const fn post(path: &'static str, endpoint: E) -> Self {
        Self::of(Methods::Post, path, endpoint)
    }

    /// `PUT`.
    pub const fn put(path: &'static str, endpoint: E) -> Self {
        Self::of(Methods::Put, path, endpoint)
    }

    /// `DELETE`.
    pub const fn delete(path: &'static str, endpoint: E) -> Self {
        Self::of(Methods::Delete, path, endpoint)
    }

    /// The same for what lies below the path, such as `{}/changes`.
    pub const fn below(mut self, segments: &'static str) -> Self {
        self.below = segments;
        self
    }

    const fn of(method: Methods, path: &'static str, endpoint: E) -> Self {
        Self {
            method,
            path,
            below: "",
            endpoint,
        }
    }

    fn segments<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let rest = path.strip_prefix(self.path)?;
        if self.below.is_empty() || rest.is_empty() {
            return (self.below == rest).then(Vec::new);
        }
        // Where things lie below a path, the protocol writes it with its slash or without.
        let rest = match self.path.ends_with('/') {
            true => rest,
            false => rest.strip_prefix('/')?,
        };
        let (mut wanted, mut given) = (self.below.split('/'), rest.split('/'));
        let mut found = Vec::new();
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return Some(found),
                (Some("{}"), Some(segment)) if !segment.is_empty() => found.push(segment),
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

/// The endpoint that is meant, with the segments that stand for `{}` as they came.
///
/// # Errors
/// [`Miss`].
pub fn find<'t, 'p, E>(
    table: &'t [Route<E>],
    method: &Method,
    path: &'p str,
) -> Result<(&'t E, Vec<&'p str>), Miss> {
    let mut allow: Vec<&str> = Vec::new();
    for route in table {
        let Some(segments) = route.segments(path) else {
            continue;
        };
        if route.method.contains(method) {
            return Ok((&route.endpoint, segments));
        }
        if !allow.contains(&route.method.names()) {
            allow.push(route.method.names());
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
        Route::get("/orders", Endpoint::List),
        Route::post("/orders", Endpoint::Make),
        Route::get("/orders/own", Endpoint::Own),
        Route::get("/orders", Endpoint::Show).below("{}"),
        Route::delete("/orders", Endpoint::Remove).below("{}"),
        Route::post("/orders", Endpoint::Changes).below("{}/changes/{}"),
        Route::put("/blobs/", Endpoint::Blob).below("{}"),
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
        for (method, path, endpoint, segments) in cases {
            let found = find(&TABLE, &method.parse().unwrap(), path);
            assert_eq!(found, Ok((&endpoint, segments.to_vec())), "{method} {path}");
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
            let found = find(&TABLE, &method.parse().unwrap(), path);
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
            assert_eq!(find(&TABLE, &Method::GET, path), Err(Miss::Path), "{path}");
        }
    }
}
