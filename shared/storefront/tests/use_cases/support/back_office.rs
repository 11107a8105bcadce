//! The back office of this build before the same stores and the same origin.

use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderValue, Request, Response};
use souk_memory_sqlite::Database;
use souk_order_index::sqlite::SqliteOrderIndex;
use souk_ports::{
    CatalogueStore, CatalogueWriter, Clock, MailClient, OperationsClient, OriginClient,
    PaymentsClient, PortError, Randomness,
};
use souk_protocol::origin::TRACE_HEADER;
use souk_protocol::staff::{CREATE_TOKEN, CreateToken, CreatedToken, Permission};
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_staff_api::{Access, Settings, Staff};
use souk_staff_tokens::sqlite::SqliteStaffTokens;

use super::World;

/// The deployment's secret, which makes tokens.
pub(crate) const SECRET: &str = "8d5f1c0a7be942d3a6f00c4e9b127d58";

/// What the back office has beside the catalogue and the origin: its own store, and an instance.
pub(crate) struct BackOfficeStore {
    pub(crate) database: Database,
    pub(crate) access: Access,
    pub(crate) settings: Settings,
}

impl BackOfficeStore {
    pub(crate) fn new() -> Self {
        let database = Database::default();
        block_on(SqliteOrderIndex::new(&database).set_up()).expect("the tables are made");
        block_on(SqliteStaffTokens::new(&database).set_up()).expect("the tables are made");
        block_on(SqliteSearchTallies::new(&database).set_up()).expect("the tables are made");
        Self {
            database,
            access: Access::default(),
            settings: Settings::read(&[("staff_token", SECRET)].into_iter().collect())
                .expect("good settings"),
        }
    }
}

/// The back office of this build before the same stores and the same origin.
pub(crate) struct BackOffice<'a>(pub(crate) &'a World);

impl CatalogueStore for BackOffice<'_> {
    async fn read(&self, key: &str) -> Result<Option<Bytes>, PortError> {
        Ok(self.0.store.borrow().get(key).cloned())
    }
}

impl CatalogueWriter for BackOffice<'_> {
    async fn write(&self, key: &str, value: Bytes) -> Result<(), PortError> {
        self.0.store.borrow_mut().insert(key.to_owned(), value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.0.store.borrow_mut().remove(key);
        Ok(())
    }
}

impl OriginClient for BackOffice<'_> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        Ok(self.0.ask_origin(&request).await)
    }
}

/// No use case of the edge is about mails.
impl MailClient for BackOffice<'_> {}

impl OperationsClient for BackOffice<'_> {
    async fn ask_operations(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        self.0.operations.ask(&request, self.0.now_ms())
    }
}

impl PaymentsClient for BackOffice<'_> {
    async fn ask_payments(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, PortError> {
        // The staff begin no trace, and the world of the edge wants one with every call.
        let trace = HeaderValue::from_static("00-of-the-staff-01");
        request.headers_mut().insert(TRACE_HEADER, trace);
        self.0.ask_payments(request).await
    }
}

impl Clock for BackOffice<'_> {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    async fn pause_ms(&self, _: u32) {}
}

impl Randomness for BackOffice<'_> {
    fn random_bytes(&self) -> [u8; 16] {
        self.0.random_bytes()
    }
}

impl BackOffice<'_> {
    /// Answers a request.
    pub(crate) async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.handle_with(&self.0.back_office.access, request).await
    }

    /// The same by an instance that remembers this.
    pub(crate) async fn handle_with(
        &self,
        access: &Access,
        request: Request<Bytes>,
    ) -> Response<Bytes> {
        let store = &self.0.back_office;
        let staff = Staff {
            back_office: self,
            index: &SqliteOrderIndex::new(&store.database),
            tokens: &SqliteStaffTokens::new(&store.database),
            tallies: &SqliteSearchTallies::new(&store.database),
            access,
            settings: &store.settings,
            log: &|line: &str| self.0.log.borrow_mut().push(line.to_owned()),
        };
        staff.handle(request).await
    }

    /// A request with a token.
    pub(crate) fn send(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Response<Bytes> {
        self.send_with_key(
            token,
            method,
            path,
            "a key of thirty-two characters..",
            body,
        )
    }

    /// The same with an idempotency key.
    pub(crate) fn send_with_key(
        &self,
        token: &str,
        method: &str,
        path: &str,
        key: &str,
        body: &[u8],
    ) -> Response<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Bytes::copy_from_slice(body));
        block_on(self.handle(request.expect("a request")))
    }

    /// The answer to a request of a token that may do everything, and what was logged.
    pub(crate) fn answer(&self, mut request: Request<Bytes>) -> (Response<Bytes>, Vec<String>) {
        let token = self.token("everything", &Permission::ALL);
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("ASCII");
        request.headers_mut().insert("authorization", bearer);
        self.0.log.borrow_mut().clear();
        let response = block_on(self.handle(request));
        (response, self.0.log.take())
    }

    /// A token with these permissions.
    pub(crate) fn token(&self, name: &str, permissions: &[Permission]) -> String {
        let asked = CreateToken {
            name: name.to_owned(),
            permissions: permissions.to_vec(),
            expires_at_ms: None,
        };
        let body = serde_json::to_vec(&asked).expect("JSON");
        let made = self.send(SECRET, "POST", CREATE_TOKEN.path(), &body);
        assert_eq!(made.status(), 200, "{made:?}");
        let made: CreatedToken = serde_json::from_slice(made.body()).expect("a token");
        made.token
    }

    /// A request of a token that may do everything, which succeeds.
    pub(crate) fn sent(&self, method: &str, path: &str, body: &[u8]) -> Response<Bytes> {
        let token = self.token("everything", &Permission::ALL);
        let response = self.send(&token, method, path, body);
        assert!(response.status().is_success(), "{response:?}");
        response
    }
}
