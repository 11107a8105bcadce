//! One address of an API, declared once: its method, its path, and the JSON that goes both ways.
//!
//! A server takes its routing table from the same declaration from which a client takes the
//! address, so the two cannot differ.
//!
//! Not here: which endpoints there are ([`crate::staff`]), requests and responses.

use std::fmt;
use std::marker::PhantomData;

/// How an endpoint is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`, and so `HEAD`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// As it stands in a request.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether a segment of a path stands for any one segment, as `{order}` does.
pub fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

/// A body that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {}

/// An endpoint that takes `Request` and answers `Reply`, both as JSON; `()` where there is no body.
pub struct Endpoint<Request, Reply> {
    method: Method,
    path: &'static str,
    shapes: PhantomData<fn(Request) -> Reply>,
}

impl<Request, Reply> Endpoint<Request, Reply> {
    /// Declares an endpoint.
    pub const fn new(method: Method, path: &'static str) -> Self {
        Self {
            method,
            path,
            shapes: PhantomData,
        }
    }

    /// How it is called.
    pub const fn method(self) -> Method {
        self.method
    }

    /// Its path, with parameters such as `{order}`.
    pub const fn path(self) -> &'static str {
        self.path
    }

    /// Its address with these in the place of its parameters, in their order. They must need no
    /// escape, as is so for the names that the shop gives: numbers of orders, hashes.
    ///
    /// # Panics
    /// When there are more or fewer than parameters.
    pub fn at(self, parameters: &[&str]) -> Address<Request, Reply> {
        let mut given = parameters.iter();
        let segments = self.path.split('/').map(|segment| {
            if !is_parameter(segment) {
                return segment;
            }
            given.next().expect("a value for each parameter")
        });
        let path = segments.collect::<Vec<_>>().join("/");
        assert!(
            given.next().is_none(),
            "{} has no more parameters",
            self.path
        );
        Address {
            path,
            shapes: PhantomData,
        }
    }

    /// Its address with a query.
    ///
    /// # Panics
    /// When the path has parameters.
    pub fn query(self, query: &str) -> Address<Request, Reply> {
        let mut address = self.at(&[]);
        address.path = format!("{}?{query}", address.path);
        address
    }
}

/// Where a client sends the request of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<Request, Reply> {
    path: String,
    shapes: PhantomData<fn(Request) -> Reply>,
}

impl<Request, Reply> Address<Request, Reply> {
    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Of an endpoint without parameters.
impl<Request, Reply> From<Endpoint<Request, Reply>> for Address<Request, Reply> {
    fn from(endpoint: Endpoint<Request, Reply>) -> Self {
        endpoint.at(&[])
    }
}

impl<Request, Reply> Clone for Endpoint<Request, Reply> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Request, Reply> Copy for Endpoint<Request, Reply> {}

impl<Request, Reply> fmt::Debug for Endpoint<Request, Reply> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.method.name(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGES: Endpoint<(), ()> = Endpoint::new(Method::Post, "/orders/{order}/changes/{id}");

    const ORDERS: Endpoint<(), ()> = Endpoint::new(Method::Get, "/orders");

    #[test]
    fn parameters_are_filled_in_order() {
        assert_eq!(CHANGES.at(&["A1", "7"]).path(), "/orders/A1/changes/7");
        assert_eq!(format!("{CHANGES:?}"), "POST /orders/{order}/changes/{id}");
        assert_eq!(ORDERS.query("limit=1").path(), "/orders?limit=1");
        assert_eq!(Address::from(ORDERS).path(), ORDERS.path());
    }

    #[test]
    #[should_panic(expected = "a value for each parameter")]
    fn a_parameter_without_a_value_is_a_defect() {
        let _path = CHANGES.at(&["A1"]);
    }
}
