//! A flash sale in a simulated world: the production rules of the room (`souk-room`), of the pulse
//! (`souk-operations`) and of an order (`souk-domain`), with everything around them simulated.
//!
//! A run follows from its seed. A crowd comes before and after the opening, waits, leaves, sleeps,
//! buys, forgets to pay; bots hold many tickets and guess addresses. Clocks of edges are wrong and
//! jump, pulses and reports are lost, edges are cut off and start anew, the object of the usher is
//! killed at every point of its step. An [`auditor`] knows the rules from a model of its own, looks
//! on, and closes the books at the end.
//!
//! Not here: pages, HTTP and the stores (`tests/simulation` has these, without a room), and real
//! runtimes (`tests/e2e`).

mod auditor;
mod crowd;
mod edge;
mod model;
mod object;
mod origin;
mod plan;
mod run;
mod shrink;
mod visitor;
mod world;

pub use auditor::Failure;
pub use plan::Plan;
pub use run::{Outcome, run};
pub use shrink::shrink;
