//! From the path of a request to the component that answers it, by Spin's rules.
//!
//! A route is exact, ends in `/...`, or has `:name` segments; the most specific one wins. Trailing
//! slashes of a route mean nothing. The matching itself is `routefinder`'s, which Spin uses too.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};

use crate::manifest::HttpTrigger;

/// All public routes of an application.
#[derive(Debug)]
pub struct Router {
    routes: routefinder::Router<Route>,
}

#[derive(Clone, Debug)]
struct Route {
    component: String,
    /// As written in the manifest.
    raw: String,
    /// Normalised: no trailing slash.
    based: String,
}

/// The component for a request, and the match as Spin describes it in headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMatch {
    /// The component that answers.
    pub component: String,
    /// The route as written in the manifest.
    pub raw_route: String,
    /// The route without trailing slashes.
    pub based_route: String,
    /// What `/...` stands for in this request, with its leading slash; empty without a wildcard.
    pub path_info: String,
    /// The `:name` segments, by name.
    pub captures: BTreeMap<String, String>,
}

impl RouteMatch {
    /// The match of a service chaining request, which reaches a component whatever its routes are.
    #[must_use]
    pub fn chained(component: &str, path: &str) -> Self {
        Self {
            component: component.to_owned(),
            raw_route: "/...".to_owned(),
            based_route: "/...".to_owned(),
            path_info: path.to_owned(),
            captures: BTreeMap::new(),
        }
    }

    /// The route as written, without its wildcard.
    #[must_use]
    pub fn component_route(&self) -> &str {
        self.raw_route
            .strip_suffix("/...")
            .unwrap_or(&self.raw_route)
    }
}

impl Router {
    /// Builds the router; of two triggers with one route the later wins, as in Spin.
    ///
    /// # Errors
    /// When a route cannot be parsed.
    pub fn new(triggers: &[HttpTrigger]) -> Result<Self> {
        let mut by_route = BTreeMap::new();
        for trigger in triggers {
            if let Some(route) = &trigger.route {
                by_route.insert(route.clone(), trigger.component.clone());
            }
        }
        let mut routes = routefinder::Router::new();
        for (raw, component) in by_route {
            let based = normalise(&raw);
            let pattern = match based.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => based.clone(),
            };
            let route = Route {
                component,
                raw: raw.clone(),
                based,
            };
            routes
                .add(pattern.as_str(), route)
                .map_err(|error| anyhow!("route `{raw}` is invalid: {error}"))?;
        }
        Ok(Self { routes })
    }

    /// The best match for a path, or `None` when no route matches.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<RouteMatch> {
        let found = self.routes.best_match(path)?;
        let captures = found.captures();
        let path_info = captures.wildcard().map_or_else(String::new, |rest| {
            // The wildcard of routefinder has no slashes around it; Spin hands both on.
            let end = if path.ends_with('/') { "/" } else { "" };
            if rest.is_empty() {
                end.to_owned()
            } else {
                format!("/{rest}{end}")
            }
        });
        let captures = captures
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let captures = captures.collect();
        let Route {
            component,
            raw,
            based,
        } = found.handler().clone();
        Some(RouteMatch {
            component,
            raw_route: raw,
            based_route: based,
            path_info,
            captures,
        })
    }
}

/// Makes a route absolute and strips its trailing slashes.
fn normalise(route: &str) -> String {
    let trimmed = route.trim_end_matches('/');
    if trimmed.starts_with('/') || trimmed.is_empty() {
        trimmed.to_owned()
    } else {
        format!("/{trimmed}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[&str]) -> Router {
        let trigger = |route: &&str| HttpTrigger {
            component: (*route).to_owned(),
            route: (*route != "private").then(|| (*route).to_owned()),
        };
        Router::new(&routes.iter().map(trigger).collect::<Vec<_>>()).unwrap()
    }

    fn found(router: &Router, path: &str) -> Option<String> {
        router.find(path).map(|found| found.component)
    }

    #[test]
    fn the_most_specific_route_wins() {
        let router = router(&[
            "/...",
            "/shop",
            "/shop/...",
            "/shop/:sku",
            "/api/v1/...",
            "private",
        ]);
        for (path, expected) in [
            ("/", "/..."),
            ("/other/x", "/..."),
            ("/shop", "/shop"),
            ("/shop/", "/shop"),
            ("/shop/tea", "/shop/:sku"),
            ("/shop/tea/large", "/shop/..."),
            ("/api/v1", "/api/v1/..."),
            ("/api/v1/a/b", "/api/v1/..."),
            ("/private", "/..."),
        ] {
            assert_eq!(found(&router, path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn without_a_matching_route_nothing_is_found() {
        let router = router(&["/shop", "/api/..."]);
        for path in ["/", "/shops", "/shop/tea", "/apis"] {
            assert_eq!(found(&router, path), None, "{path}");
        }
    }

    #[test]
    fn path_info_is_what_the_wildcard_stands_for() {
        let router = router(&["/shop/...", "/exact"]);
        for (path, expected) in [
            ("/shop", ""),
            ("/shop/", "/"),
            ("/shop/a/b", "/a/b"),
            ("/shop/a/", "/a/"),
            ("/exact", ""),
        ] {
            assert_eq!(router.find(path).unwrap().path_info, expected, "{path}");
        }
    }

    #[test]
    fn segments_are_captured_by_name() {
        let matched = router(&["/shop/:sku/:size"])
            .find("/shop/tea/large")
            .unwrap();
        assert_eq!(matched.captures["sku"], "tea");
        assert_eq!(matched.captures["size"], "large");
        assert_eq!(matched.component_route(), "/shop/:sku/:size");
    }

    #[test]
    fn a_route_without_a_leading_slash_is_absolute() {
        assert_eq!(
            found(&router(&["shop/..."]), "/shop/a").as_deref(),
            Some("shop/...")
        );
    }
}
