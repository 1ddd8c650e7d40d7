const PATIENCE_MS = 5000;

/** What `promise` resolves to. @throws Error saying `otherwise` when that takes more than five seconds */
export async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`hang: ${otherwise}`)), PATIENCE_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
