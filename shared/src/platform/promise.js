// Waiting, as Rust calls it: promises that it keeps, and being told what others come to.

// A promise that Rust keeps. Until it is kept, the runtime goes on with the request, whether its client is there or not.
export function promise(context) {
  const kept = Promise.withResolvers();
  context?.waitUntil(kept.promise);
  return kept;
}

export function promised(kept) {
  return kept.promise;
}

export function keepPromise(kept, value) {
  kept.resolve(value);
}

export function breakPromise(kept, error) {
  kept.reject(error);
}

// Tells `callback` what a promise came to, under the number Rust knows it by.
export function when(promise, number, callback) {
  promise.then(
    (value) => tell(callback, number, true, value),
    (error) => tell(callback, number, false, error),
  );
}

export function soon(callback) {
  Promise.resolve().then(() => tell(callback, 0, true, undefined));
}

// A panic ends in an `error` event, by which the module is made anew.
function tell(callback, number, kept, value) {
  try {
    callback(number, kept, value);
  } catch (error) {
    reportError(error);
  }
}
