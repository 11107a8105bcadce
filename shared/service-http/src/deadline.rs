//! Work that is given up at some moment.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The output of `work`, unless `end` comes first. Where both are there, the work counts.
pub async fn before<T>(work: impl Future<Output = T>, end: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut end) = (pin!(work), pin!(end));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::executor::block_on;

    use super::*;

    #[test]
    fn work_that_is_done_counts_and_late_work_is_given_up() {
        assert_eq!(block_on(before(ready(1), pending())), Some(1));
        assert_eq!(block_on(before(ready(1), ready(()))), Some(1));
        assert_eq!(block_on(before(pending::<u8>(), ready(()))), None);
    }
}
