# The router as an image: one file, and of Debian what that needs.
#
#   docker build -t cellgate .
#   docker run --read-only -v ./gorouter.yml:/etc/cellgate/gorouter.yml:ro -p 8081:8081 cellgate
#
# docs/installing.md says what it listens on, and how long it has to be given to stop.
FROM docker.io/library/node:26-bookworm-slim AS build
WORKDIR /cellgate
COPY package.json package-lock.json ./
# No script of a package is run: none is needed.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run package -- --file-only && mv dist/cellgate-*-linux-* /usr/bin/cellgate

FROM docker.io/library/debian:bookworm-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Cellgate" \
      org.opencontainers.image.description="HTTP and TCP edge router: a drop-in for gorouter and cf-tcp-router" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
# Node is linked against libatomic; the authorities that it trusts are inside of it.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libatomic1 \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /etc/cellgate /var/lib/cellgate \
 && chown 10001:10001 /var/lib/cellgate
COPY --from=build /usr/bin/cellgate /usr/bin/cellgate
# A number: whoever runs it can see that it is not root. Nothing is written but to /var/lib/cellgate, if at all.
USER 10001:10001
WORKDIR /var/lib/cellgate
EXPOSE 8080 8081
# Fails while the router starts, and again from the first moment of a drain.
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=2 \
  CMD ["/usr/bin/cellgate", "health", "-c", "/etc/cellgate/gorouter.yml"]
# To stop is to drain: it takes drain_wait and drain_timeout of the configuration at most.
STOPSIGNAL SIGUSR1
ENTRYPOINT ["/usr/bin/cellgate"]
CMD ["-c", "/etc/cellgate/gorouter.yml"]
