//! What buyers change of an order until it is packed: they give it up, take units off, name another
//! address; by the API and by the forms of the order's page.
//!
//! The edge checks what the request says by itself, and a new address as the checkout does. The origin
//! decides the rest.
//!
//! Not here: the page with the forms (`page`).

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use souk_pages::{paths, view};
use souk_ports::Edge;
use souk_protocol::origin::{self, ChangeReply, OrderRecord, Status};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::public::{Address, OrderChangeRequest};

use crate::http::form::{self, Field};
use crate::http::json;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::api::idempotency_key;
use crate::orders::errors::Errors;
use crate::orders::{address, problems};
use crate::origin::criticality::Criticality;

/// `POST /orders/{id}/change`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChangeForm {
    token: Field,
    action: Field,
    line: Field,
    quantity: Field,
    country: Field,
    region: Field,
    city: Field,
    postal_code: Field,
    line1: Field,
    line2: Field,
}

impl ChangeForm {
    /// What the shopper fills in, by the names of the fields.
    fn fields(&self) -> [(&'static str, &Field); 6] {
        [
            ("country", &self.country),
            ("region", &self.region),
            ("city", &self.city),
            ("postal_code", &self.postal_code),
            ("line1", &self.line1),
            ("line2", &self.line2),
        ]
    }

    fn request(&self) -> OrderChangeRequest {
        let [country, region, city, postal_code, line1, line2] =
            self.fields().map(|(_, value)| (**value).to_owned());
        let address = Address {
            country,
            region,
            city,
            postal_code,
            line1,
            line2,
        };
        OrderChangeRequest {
            action: (*self.action).to_owned(),
            line: self.line.parse().ok(),
            quantity: self.quantity.parse().ok(),
            address: (*self.action == *"set_address").then_some(address),
        }
    }
}

/// What became of a change.
enum Changed {
    Done(Box<OrderRecord>),
    Already(Box<OrderRecord>),
    Refused(Box<Problem>),
}

impl<E: Edge> Shop<'_, E> {
    /// `POST /api/v1/orders/{id}/changes?token=`.
    pub(crate) async fn api_change_order(&self, id: &str) -> Outcome {
        let headers = self.incoming.request.headers();
        json::expect(headers, "send the change as application/json")?;
        let key = idempotency_key(headers.get("idempotency-key"))?;
        let token = self.incoming.order_token();
        let request: OrderChangeRequest = json::read(self.incoming.request.body())?;
        let changed = self.change_order(id, &token, key.as_bytes(), &request);
        let (record, is_replayed) = match changed.await? {
            Changed::Done(record) => (record, false),
            Changed::Already(record) => (record, true),
            Changed::Refused(problem) => return Err(Failure::Problem(problem)),
        };
        let order = self.for_api(&record, token);
        let mut response = reply::json(StatusCode::OK, CachePolicy::Private, &order);
        if is_replayed {
            let headers = response.headers_mut();
            headers.insert(reply::REPLAYED, HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    /// `POST /orders/{id}/change`: back to the order, or its page with what is wrong.
    ///
    /// The key of the change is what the form says, with a number that every page has of its own: a
    /// form that is sent twice is one change.
    pub(crate) async fn change_by_form(&self, id: &str) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let body = self.incoming.request.body();
        let form: ChangeForm = form::read(body)?;
        let request = form.request();
        let changed = self.change_order(id, &form.token, body, &request);
        let problem = match changed.await? {
            Changed::Done(_) | Changed::Already(_) => {
                let path = paths::order(id, &form.token);
                return Ok(reply::see_other(&self.local(&format!("{path}&changed=1"))));
            }
            Changed::Refused(problem) => problem,
        };
        if problem.status == StatusCode::NOT_FOUND.as_u16() {
            return Err(Failure::NotFound);
        }
        let values = form
            .fields()
            .map(|(name, value)| (name, (**value).to_owned()));
        let is_address = *form.action == *"set_address";
        let errors = problem.errors.into_iter().map(|error| FieldError {
            pointer: error
                .pointer
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
            ..error
        });
        let refused = view::RefusedChange {
            status: problem.status,
            address: is_address.then(|| view::FormState {
                values: values.into(),
                errors: errors.collect(),
            }),
        };
        Box::pin(self.show_order(id, &form.token, Some(refused))).await
    }

    /// Changes an order; `key` names the change, for this order.
    async fn change_order(
        &self,
        id: &str,
        token: &str,
        key: &[u8],
        request: &OrderChangeRequest,
    ) -> Result<Changed, Failure> {
        if !self.opens(id, token) {
            return Ok(Changed::Refused(Box::new(problems::no_such_order())));
        }
        let action = match action(request) {
            Ok(action) => action,
            Err(errors) => {
                let problem = Problem::new(ProblemKind::InvalidRequest);
                return Ok(Changed::Refused(Box::new(Problem { errors, ..problem })));
            }
        };
        let change = json!({
            "key": format!("change-{}", &blake3::hash(key).to_hex()[..32]),
            "order": id,
            "by": "shopper",
            "action": action,
        });
        let body = Bytes::from(change.to_string());
        Ok(
            match self
                .write::<ChangeReply>(origin::CHANGES_PATH, body, Criticality::Other)
                .await?
            {
                ChangeReply::Done { record } => Changed::Done(record),
                ChangeReply::Already { record } => Changed::Already(record),
                reply => Changed::Refused(Box::new(refusal(&reply))),
            },
        )
    }
}

/// The action as the origin takes it.
fn action(request: &OrderChangeRequest) -> Result<Value, Vec<FieldError>> {
    let mut errors = Errors::default();
    let action = match request.action.as_str() {
        "cancel" => Some(json!({"action": "cancel", "reason": ""})),
        "set_quantity" => match (request.line, request.quantity) {
            (Some(line), Some(quantity)) => {
                Some(json!({"action": "set_quantity", "line": line, "quantity": quantity}))
            }
            (None, _) => errors.add("/line", "is required: the place of the line, from 0"),
            (_, None) => errors.add("/quantity", "is required: how many are left"),
        },
        "set_address" => match &request.address {
            Some(address) => {
                address::check("/address", address, &mut errors);
                address::check_by_country("/address", address, &mut errors);
                Some(json!({"action": "set_address", "address": address::stored(address)}))
            }
            None => errors.add("/address", "is required"),
        },
        _ => errors.add(
            "/action",
            "must be 'cancel', 'set_quantity' or 'set_address'",
        ),
    };
    match action {
        Some(action) if errors.0.is_empty() => Ok(action),
        _ => Err(errors.0),
    }
}

/// The problem that reports a refusal of the origin.
fn refusal(reply: &ChangeReply) -> Problem {
    let (status, problem) = match reply {
        ChangeReply::KeyUsedForOtherChange => {
            let detail = "this key belongs to another change of this order; use a new key";
            return Problem::new(ProblemKind::IdempotencyKeyReused).detail(detail);
        }
        ChangeReply::Illegal {
            status, problem, ..
        } => (*status, problem.as_str()),
        ChangeReply::UnknownOrder | ChangeReply::Done { .. } | ChangeReply::Already { .. } => {
            return problems::no_such_order();
        }
    };
    let detail = match (problem, status) {
        ("units", _) => {
            let mut problem = Problem::new(ProblemKind::InvalidRequest);
            problem.errors.push(FieldError {
                pointer: "/quantity".to_owned(),
                detail: "is more than the order has of this line: units are taken off, and none \
                         is added; place another order for more"
                    .to_owned(),
            });
            return problem;
        }
        ("place", _) => {
            "at that address the order would have another delivery, tax or price: cancel it and \
             place it again"
        }
        (_, Status::Cancelled | Status::Expired | Status::Returned) => {
            "the order is over: place another one"
        }
        (_, Status::Delivered) => "the parcel has arrived: send back what you do not want",
        _ => {
            "the order is packed, or on its way: accept the parcel and send back what you do not \
             want, or write to the shop"
        }
    };
    Problem::new(ProblemKind::NotEditable).detail(detail)
}
