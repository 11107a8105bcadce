//! The small object that owns the availability board, so that a badge does not wait for KV, which
//! may take a minute to show a write. It is never asked by the order path.

use std::cell::RefCell;

use worker::{
    DurableObject, Env, Method, Request, Response, Result, State, Stub, durable_object, js_sys,
};

pub(crate) const URL: &str = "https://board.souk.invalid/";
const BINDING: &str = "BOARD";
const KEY: &str = "board";

/// The object; there is one for the shop.
pub(crate) fn stub(env: &Env) -> Result<Stub> {
    env.durable_object(BINDING)?
        .id_from_name("availability")?
        .get_stub()
}

/// Keeps the board in memory, and in storage for when it is woken again.
#[durable_object]
pub struct Board {
    state: State,
    board: RefCell<Option<Vec<u8>>>,
}

impl DurableObject for Board {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            board: RefCell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        if request.method() == Method::Put {
            let board = request.bytes().await?;
            if is_newer(&board, self.board.borrow().as_deref()) {
                let stored = js_sys::Uint8Array::from(board.as_slice());
                self.board.replace(Some(board));
                self.state.storage().put_raw(KEY, stored).await?;
            }
            return Response::empty();
        }
        if self.board.borrow().is_none() {
            let keys = self.state.storage().get_multiple(vec![KEY]).await?;
            let stored = keys.get(&KEY.into());
            if !stored.is_undefined() {
                self.board
                    .replace(Some(js_sys::Uint8Array::new(&stored).to_vec()));
            }
        }
        match self.board.borrow().as_ref() {
            Some(board) => Response::from_bytes(board.clone()),
            None => Response::error("nothing projected yet", 404),
        }
    }
}

/// Projections may overtake each other on their way here; the first 8 bytes are their time.
fn is_newer(board: &[u8], known: Option<&[u8]>) -> bool {
    let time = |board: &[u8]| {
        board
            .get(..8)
            .map(|bytes| i64::from_le_bytes(bytes.try_into().expect("eight bytes")))
    };
    known.is_none_or(|known| time(board) >= time(known))
}
