# A certificate authority for one run and the certificates it signs, all for localhost and 127.0.0.1:
#   good · ending (in five days) · expired (in 2020) · wrong_host (for wrong.example) · self_signed (by nobody)
#   wrong_address (for 192.0.2.1) · cn_only (without a subject alternative name) · version_1 (of X.509)
#   expired_chain (valid, by an authority between it and ca.pem whose own certificate ended in 2020)
#   client (for clients that show who they are) · stranger (the same, by nobody)
# Each is $folder/NAME.pem with its key $folder/NAME.key; the authority is $folder/ca.pem.

make_certificates() {
  (
    cd "$folder"
    certificate_settings >openssl.cnf
    touch issued.txt
    exec 2>openssl.log # openssl reports its progress as errors

    new_key ca
    openssl req -x509 -config openssl.cnf -extensions authority -key ca.key -subj "/CN=Switchboard test authority" \
      -days 30 -out ca.pem
    new_key self_signed
    openssl req -x509 -config openssl.cnf -extensions local -key self_signed.key -subj "/CN=localhost" \
      -days 30 -out self_signed.pem

    new_key stranger
    openssl req -x509 -config openssl.cnf -extensions client -key stranger.key -subj "/CN=stranger" -days 30 -out stranger.pem
    new_key version_1
    openssl req -new -config openssl.cnf -key version_1.key -subj "/CN=localhost" -out version_1.csr
    openssl x509 -req -in version_1.csr -CA ca.pem -CAkey ca.key -set_serial 1 -days 30 -out version_1.pem

    sign good local -days 30
    sign client client -days 30
    sign cn_only nameless -days 30
    sign wrong_address address -days 30
    sign ending local -days 5
    sign wrong_host elsewhere -days 30
    sign expired local -startdate 20200101000000Z -enddate 20200401000000Z

    sign former authority -startdate 20200101000000Z -enddate 20200401000000Z
    sign expired_chain local -days 30 -cert former.pem -keyfile former.key
    cat former.pem >>expired_chain.pem
  ) || {
    cat "$folder/openssl.log" >&2
    fail "could not make the certificates; what openssl said is above"
  }
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }

# sign NAME EXTENSIONS VALIDITY...
sign() {
  local name=$1 extensions=$2
  shift 2
  new_key "$name"
  openssl req -new -config openssl.cnf -key "$name.key" -subj "/CN=$name" -out "$name.csr"
  openssl ca -batch -notext -config openssl.cnf -extensions "$extensions" "$@" -in "$name.csr" -out "$name.pem"
}

certificate_settings() {
  cat <<CONF
[req]
distinguished_name = name
prompt = no
[name]
[ca]
default_ca = authority_files
[authority_files]
certificate = ca.pem
private_key = ca.key
database = issued.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any_name
unique_subject = no
[any_name]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[local]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
[nameless]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
[client]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
[address]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:192.0.2.1
[elsewhere]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:wrong.example
CONF
}
