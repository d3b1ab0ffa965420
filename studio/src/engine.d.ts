/** V8's, and ignored elsewhere: nadir's errors look further up the stack than it shows. */
interface ErrorConstructor {
  stackTraceLimit: number;
}
