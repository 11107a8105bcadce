//! The insights that a request reads.

use std::rc::Rc;

use souk_insights::TypesTogether;
use souk_ports::Edge;
use souk_protocol::problem::{Problem, ProblemKind};

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::Shop;
use crate::insights::Insights;

impl<E: Edge> Shop<'_, E> {
    /// What was learnt from orders, as far as it can be read.
    pub(crate) async fn insights(&self) -> Rc<Insights> {
        self.insights_since(0).await
    }

    /// The version from which the order of earlier pages comes, which a cursor names; without one the
    /// published version.
    ///
    /// # Errors
    /// `cursor-expired`, as for a version of the catalogue that is gone: what stood before the cursor
    /// could come again, or never.
    pub(crate) async fn insights_at(&self, number: Option<u64>) -> Result<Rc<Insights>, Problem> {
        let insights = self.insights_since(number.unwrap_or_default()).await;
        let Some(number) = number else {
            return Ok(insights);
        };
        let found = match insights.at(&self.tiers(), number).await {
            Ok(found) => found,
            Err(error) => {
                self.log_failure("has no insights of before", &error.to_string());
                None
            }
        };
        found.ok_or_else(|| {
            let detail = "what shoppers buy has changed; begin with the first page";
            Problem::new(ProblemKind::CursorExpired).detail(detail)
        })
    }

    async fn insights_since(&self, seen: u64) -> Rc<Insights> {
        let cache = &self.instance.insights;
        let tiers = self.tiers();
        // In a box, as the reader of the catalogue: pages wait here.
        let (insights, failure) = Box::pin(cache.current(&tiers, seen)).await;
        if let Some(error) = failure {
            self.log_failure("answered without newer insights", &error.to_string());
        }
        insights
    }

    /// The types that are bought together with a type, the closest first; none where they cannot be
    /// read.
    pub(crate) async fn types_together(
        &self,
        reader: &Reader<'_, E>,
        insights: &Insights,
        name: &str,
    ) -> Vec<String> {
        let Some(types) = insights.root.types() else {
            return Vec::new();
        };
        let read = async {
            let blob = reader.blob(types).await?;
            let types = TypesTogether::decode(&blob)?;
            Ok::<_, ReadError>(types.of(name).map(str::to_owned).collect())
        };
        match read.await {
            Ok(names) => names,
            Err(error) => {
                let text = error.to_string();
                self.log_failure("answered without types bought together", &text);
                Vec::new()
            }
        }
    }
}
