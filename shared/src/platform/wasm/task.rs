//! Work that waits for JavaScript's promises.
//!
//! `wasm-bindgen-futures` makes two closures for every wait, tells the garbage collector of each, and
//! polls by way of the runtime's `queueMicrotask`: most of what a small request costs. Here a wait is a
//! number, one callback serves the whole instance, and it polls the work in the turn that settled the
//! promise: so, too, the work of a request is polled in no other request's turn.
//!
//! Futures of other crates, such as those of `worker`, wake the work from callbacks of their own; it is
//! then polled in a microtask.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::replace;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::{glue, now_ms};

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;
/// Told the number of a wait, whether its promise was kept, and with what.
type Callback = Closure<dyn Fn(u32, bool, JsValue)>;

/// Work that waits, and the promise of what it gives.
struct Task {
    work: Work,
    promise: JsValue,
    waker: Waker,
    since_ms: u64,
}

/// What a promise came to; the work that asked for it is woken.
#[derive(Default)]
struct Outcome {
    settled: Cell<Option<Result<JsValue, JsValue>>>,
    waker: Cell<Option<Waker>>,
}

#[derive(Default)]
struct Board {
    tasks: HashMap<u32, Task>,
    waits: HashMap<u32, Rc<Outcome>>,
    ready: Vec<u32>,
    last: u32,
    polling: bool,
    callback: Option<Callback>,
}

thread_local! {
    static BOARD: RefCell<Board> = RefCell::default();
}

/// The number that says "nothing has settled: poll what is ready".
const NOTHING: u32 = 0;
/// The runtime drops what a request left undone when the client is gone; what waits for it is dropped
/// when so many wait, and it is older than anything may take.
const MANY: usize = 128;
const OLDEST_MS: u64 = 3_600_000;

impl Board {
    const fn next(&mut self) -> u32 {
        self.last = match self.last.wrapping_add(1) {
            NOTHING => 1,
            number => number,
        };
        self.last
    }
}

/// Does the work as far as it goes at once: its value when it needed nothing, else a promise of it. With
/// the context of a request, the runtime goes on with it though the client leave.
pub(super) fn begin(work: impl Future<Output = Result<JsValue, JsValue>> + 'static, context: &JsValue) -> JsValue {
    let mut work: Work = Box::pin(work);
    let (number, within) = BOARD.with_borrow_mut(|board| (board.next(), replace(&mut board.polling, true)));
    let waker = Waker::from(Arc::new(Woken(number)));
    let first = work.as_mut().poll(&mut Context::from_waker(&waker));
    let reply = match first {
        Poll::Ready(Ok(value)) => value,
        Poll::Ready(Err(error)) => Promise::reject(&error).into(),
        Poll::Pending => {
            let promise = glue::promise(context);
            let reply = glue::promised(&promise);
            let since_ms = now_ms();
            let dropped = BOARD.with_borrow_mut(|board| {
                let old = if board.tasks.len() < MANY { Vec::new() } else { overdue(board, since_ms) };
                board.tasks.insert(number, Task { work, promise, waker, since_ms });
                old
            });
            drop(dropped);
            reply
        }
    };
    // Begun by other work: whoever polls that goes on to what is ready.
    if !within {
        poll_ready();
    }
    reply
}

fn overdue(board: &mut Board, now_ms: u64) -> Vec<Task> {
    let is_old = |task: &Task| now_ms.saturating_sub(task.since_ms) > OLDEST_MS;
    board.tasks.extract_if(|_, task| is_old(task)).map(|(_, task)| task).collect()
}

/// Polls work until none is ready. What it wakes meanwhile is polled, too.
fn poll_ready() {
    while let Some(number) = next_ready() {
        let Some(mut task) = BOARD.with_borrow_mut(|board| board.tasks.remove(&number)) else { continue };
        match task.work.as_mut().poll(&mut Context::from_waker(&task.waker)) {
            Poll::Ready(Ok(value)) => glue::keep_promise(&task.promise, &value),
            Poll::Ready(Err(error)) => glue::break_promise(&task.promise, &error),
            Poll::Pending => BOARD.with_borrow_mut(|board| {
                board.tasks.insert(number, task);
            }),
        }
    }
}

fn next_ready() -> Option<u32> {
    BOARD.with_borrow_mut(|board| {
        let next = board.ready.pop();
        board.polling = next.is_some();
        next
    })
}

struct Woken(u32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let from_elsewhere = BOARD.with_borrow_mut(|board| {
            if !board.ready.contains(&self.0) {
                board.ready.push(self.0);
            }
            !board.polling
        });
        if from_elsewhere {
            with_callback(glue::soon);
        }
    }
}

/// The callback of this instance: notes what a promise came to, and polls what waited for it.
fn with_callback(use_it: impl FnOnce(&JsValue)) {
    let callback = BOARD.with_borrow_mut(|board| {
        let callback = board.callback.get_or_insert_with(|| Closure::new(settled));
        callback.as_ref().clone()
    });
    use_it(&callback);
}

fn settled(number: u32, kept: bool, value: JsValue) {
    let outcome = BOARD.with_borrow_mut(|board| {
        board.polling = true;
        board.waits.remove(&number)
    });
    if let Some(outcome) = outcome {
        outcome.settled.set(Some(if kept { Ok(value) } else { Err(value) }));
        if let Some(waker) = outcome.waker.take() {
            waker.wake();
        }
    }
    poll_ready();
}

/// Waits for a promise; begun at once.
pub(super) fn of(promise: &Promise) -> Wait {
    let outcome = Rc::<Outcome>::default();
    let number = BOARD.with_borrow_mut(|board| {
        let number = board.next();
        board.waits.insert(number, Rc::clone(&outcome));
        number
    });
    with_callback(|callback| glue::when(promise, number, callback));
    Wait { number, outcome }
}

/// A wait for a promise: what it was kept with, or what it was broken with.
pub(super) struct Wait {
    number: u32,
    outcome: Rc<Outcome>,
}

impl Future for Wait {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.outcome.settled.take() {
            Some(settled) => Poll::Ready(settled),
            None => {
                self.outcome.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        BOARD.with_borrow_mut(|board| board.waits.remove(&self.number));
    }
}
