# A throw-away PostgreSQL: passwords over TCP (scram-sha-256), TLS offered with the good certificate, nothing flushed
# to disk. Database `orders` belongs to role `orders`, which is not a superuser; role `shown` must show a certificate of a
# client besides its password, which is the same. Before it stands pgbouncer, in transaction mode.

start_postgres() {
  local data=$folder/postgres/data log=$folder/postgres.log superuser_password
  programs=$(postgres_programs)
  postgres_port=$(free_ports 1)
  postgres_password=$(secret)
  superuser_password=$(secret)
  postgres_superuser_url="postgres://postgres:$superuser_password@127.0.0.1:$postgres_port/postgres"

  mkdir "$folder/postgres"
  printf '%s' "$superuser_password" >"$folder/postgres/password"
  cp "$folder/good.pem" "$folder/good.key" "$folder/ca.pem" "$folder/postgres"
  chmod 600 "$folder/postgres"/*
  as_postgres=()
  if [[ $(id -u) == 0 ]]; then # which PostgreSQL refuses to run as
    id postgres >/dev/null 2>&1 || fail "there is no user named postgres to run PostgreSQL as: please install Debian's postgresql"
    as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --)
    chown -R postgres: "$folder/postgres"
  fi

  (cd "$folder" && "${as_postgres[@]}" "$programs/initdb" --pgdata="$data" --no-sync --username=postgres \
    --pwfile="$folder/postgres/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$log" 2>&1) || {
    tail -n 20 "$log" >&2
    fail "could not create a PostgreSQL cluster; what initdb said is above"
  }
  sed -i '1i hostssl all shown 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\nhost all shown all reject' "$data/pg_hba.conf"
  # pdeathsig once more: changing the user cancels the one of launch.
  launch "$log" "${as_postgres[@]}" setpriv --pdeathsig INT -- "$programs/postgres" -D "$data" \
    -c listen_addresses=127.0.0.1 -c port="$postgres_port" -c unix_socket_directories= -c max_connections=300 \
    -c ssl=on -c ssl_ca_file="$folder/postgres/ca.pem" -c ssl_cert_file="$folder/postgres/good.pem" -c ssl_key_file="$folder/postgres/good.key" \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off
  await PostgreSQL "$log" "$programs/pg_isready" --quiet --host=127.0.0.1 --port="$postgres_port"

  "$programs/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$postgres_superuser_url" <<SQL
create role orders login password '$postgres_password';
create role shown login password '$postgres_password';
create database orders owner orders;
SQL
}

start_pgbouncer() {
  pgbouncer_port=$(free_ports 1)
  printf '"orders" "%s"\n' "$postgres_password" >"$folder/postgres/users.txt"
  cat >"$folder/postgres/pgbouncer.ini" <<CONF
[databases]
orders = host=127.0.0.1 port=$postgres_port
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pgbouncer_port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/postgres/users.txt
pool_mode = transaction
CONF
  [[ $(id -u) != 0 ]] || chown postgres: "$folder/postgres"/{users.txt,pgbouncer.ini}
  launch "$folder/pgbouncer.log" "${as_postgres[@]}" setpriv --pdeathsig INT -- pgbouncer "$folder/postgres/pgbouncer.ini"
  await pgbouncer "$folder/pgbouncer.log" port_answers "$pgbouncer_port"
}

# Debian keeps the server's programs off PATH, a folder for each version: take the newest.
postgres_programs() {
  local folders
  folders=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V) ||
    fail "PostgreSQL is missing under /usr/lib/postgresql: please run script/setup test"
  tail -n 1 <<<"$folders"
}

describe_postgres() {
  cat <<JSON
"postgres": {
    "host": "127.0.0.1", "port": $postgres_port, "superuser_url": "$postgres_superuser_url",
    "programs": "$programs", "database": "orders", "user": "orders", "password": "$postgres_password", "pgbouncer_port": $pgbouncer_port
  }
JSON
}
