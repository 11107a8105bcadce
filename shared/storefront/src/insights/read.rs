//! The insights that a request reads.

use std::rc::Rc;

use souk_ports::Edge;

use crate::http::shop::Shop;
use crate::insights::Insights;

impl<E: Edge> Shop<'_, E> {
    /// What was learnt from orders, as far as it can be read.
    pub(crate) async fn insights(&self) -> Rc<Insights> {
        let cache = &self.instance.insights;
        let tiers = self.tiers();
        // In a box, as the reader of the catalogue: pages wait here.
        let (insights, failure) = Box::pin(cache.current(&tiers)).await;
        if let Some(error) = failure {
            self.log_failure("answered without newer insights", &error.to_string());
        }
        insights
    }
}
