# Pin the base by digest where each build must have the same one; npm's packages are locked anyway,
# and jemalloc is what Debian's stable release has on the day:
#   docker build --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:<digest> .
ARG NODE_IMAGE=node:24-bookworm-slim

# No package's scripts run: sharp brings its libvips as a package of the platform.
FROM ${NODE_IMAGE} AS npm
ENV npm_config_ignore_scripts=true npm_config_audit=false npm_config_fund=false \
    npm_config_update_notifier=false \
    npm_config_cache=/var/cache/npm
WORKDIR /app
COPY package.json package-lock.json ./

# The whole toolchain, only to compile.
FROM npm AS build
RUN --mount=type=cache,target=/var/cache/npm npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY service service
COPY infra infra
RUN npm run build

FROM npm AS dependencies
RUN --mount=type=cache,target=/var/cache/npm npm ci --omit=dev

# The laptop also parses XML, in the locked version of the development dependency.
FROM dependencies AS laptop-dependencies
RUN --mount=type=cache,target=/var/cache/npm npm install --omit=dev --save-prod \
    "fast-xml-parser@$(node -p "require('./package.json').devDependencies['fast-xml-parser']")"

# AWS as the laptop plays it: S3, its website endpoint, CloudFront and API Gateway.
FROM ${NODE_IMAGE} AS laptop
LABEL org.opencontainers.image.title="rightsize-laptop" \
      org.opencontainers.image.description="Stands in for AWS on a developer's machine; not for production" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV DATA_DIR=/data MALLOC_ARENA_MAX=2
WORKDIR /app
COPY LICENSE package.json ./
COPY --from=laptop-dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
EXPOSE 8080 8081 8082 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.AWS_PORT || 9000)).then(() => process.exit(0), () => process.exit(1))"]
# Works as the owner of the data folder, so that the developer can change what it stores there and
# the other way round.
ENTRYPOINT ["sh", "-c", "exec setpriv --reuid=\"$(stat -c %u \"$DATA_DIR\")\" --regid=\"$(stat -c %g \"$DATA_DIR\")\" --clear-groups -- \"$@\"", "as-owner"]
CMD ["node", "dist/infra/local/main.js"]

# The product.
FROM ${NODE_IMAGE} AS service
LABEL org.opencontainers.image.title="rightsize" \
      org.opencontainers.image.description="On-demand image resizing for S3 and CloudFront" \
      org.opencontainers.image.licenses="Apache-2.0"
# jemalloc, since glibc's malloc has the main thread sort what libvips' threads gave back. Two arenas
# instead of four a processor take a sixth less memory at the same speed; a thread of jemalloc's own
# gives back what has lain unused for a minute, since to fault it in again costs more than to keep it
# (`npm run bench -- saturation`, `npm run soak`).
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libjemalloc2 \
  && rm -rf /var/lib/apt/lists/*
ENV LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=narenas:2,background_thread:true,dirty_decay_ms:60000
# V8's new generation stays small however much memory there is: it would hold garbage in place of
# images.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=4
WORKDIR /app
COPY LICENSE package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/service dist/service
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/service/main.cjs"]
