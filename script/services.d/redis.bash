# Four of Redis, none of which keeps anything: one with a password, one without, one with a password that speaks only
# TLS (with the good certificate), and one that also asks its clients for a certificate.

start_redis() {
  read -r -d '' redis_port redis_open_port redis_tls_port redis_asking_port < <(free_ports 4) || true
  redis_password=$(secret)
  redis_tls_password=$(secret)

  launch_redis redis "$redis_port" "port $redis_port" "requirepass $redis_password"
  launch_redis redis_open "$redis_open_port" "port $redis_open_port"
  local encrypted=("port 0" "requirepass $redis_tls_password"
    "tls-cert-file $folder/good.pem" "tls-key-file $folder/good.key" "tls-ca-cert-file $folder/ca.pem")
  launch_redis redis_tls "$redis_tls_port" "${encrypted[@]}" "tls-port $redis_tls_port" "tls-auth-clients no"
  launch_redis redis_asking "$redis_asking_port" "${encrypted[@]}" "tls-port $redis_asking_port" "tls-auth-clients yes"
}

# launch_redis NAME PORT SETTING...
launch_redis() {
  local name=$1 port=$2
  shift 2
  mkdir "$folder/$name"
  printf '%s\n' "bind 127.0.0.1" "dir $folder/$name" 'save ""' "appendonly no" "$@" >"$folder/$name/redis.conf"
  launch "$folder/$name.log" redis-server "$folder/$name/redis.conf"
  await "Redis ($name)" "$folder/$name.log" grep -q "Ready to accept connections" "$folder/$name.log"
}

describe_redis() {
  cat <<JSON
"redis": { "host": "127.0.0.1", "port": $redis_port, "password": "$redis_password" },
  "redis_open": { "host": "127.0.0.1", "port": $redis_open_port },
  "redis_tls": { "host": "127.0.0.1", "port": $redis_tls_port, "password": "$redis_tls_password" },
  "redis_asking": { "host": "127.0.0.1", "port": $redis_asking_port, "password": "$redis_tls_password" }
JSON
}
