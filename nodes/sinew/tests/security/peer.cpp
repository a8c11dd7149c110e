// A peer on DDS with endpoints of any name: what the middleware's security lets through.
//
//     peer FOLDER DOMAIN SECONDS pub:TOPIC sub:TOPIC …
//
// FOLDER is an enclave of a keystore, or `-` for a peer without security. Publishers publish all the time. Says
// `refused` where the middleware does not make the participant, and at its end for each endpoint `TOPIC refused`,
// or `TOPIC N` with the number of messages heard, or with that of matched subscribers.

#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/log/Log.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/rtps/transport/shared_mem/SharedMemTransportDescriptor.h>

using namespace eprosima::fastdds::dds;
using eprosima::fastrtps::rtps::InstanceHandle_t;
using eprosima::fastrtps::rtps::SerializedPayload_t;

// One byte.
class ByteType : public TopicDataType {
public:
    ByteType() {
        setName("Byte");
        m_typeSize = 8;
    }
    bool serialize(void* data, SerializedPayload_t* payload) override {
        payload->data[0] = *static_cast<uint8_t*>(data);
        payload->length = 1;
        return true;
    }
    bool deserialize(SerializedPayload_t* payload, void* data) override {
        *static_cast<uint8_t*>(data) = payload->data[0];
        return true;
    }
    std::function<uint32_t()> getSerializedSizeProvider(void*) override {
        return [] { return 8u; };
    }
    void* createData() override { return new uint8_t(0); }
    void deleteData(void* data) override { delete static_cast<uint8_t*>(data); }
    bool getKey(void*, InstanceHandle_t*, bool) override { return false; }
};

struct Endpoint {
    std::string topic;
    DataWriter* writer;
    DataReader* reader;
    int heard;
};

static DomainParticipantQos participant_qos(const std::string& folder) {
    DomainParticipantQos qos;
    // Nothing of this goes onto a network.
    qos.transport().use_builtin_transports = false;
    qos.transport().user_transports.push_back(
        std::make_shared<eprosima::fastdds::rtps::SharedMemTransportDescriptor>());
    if (folder == "-") {
        return qos;
    }
    const std::string at = "file://" + folder + "/", auth = "dds.sec.auth.builtin.PKI-DH.",
                      access = "dds.sec.access.builtin.Access-Permissions.";
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"dds.sec.auth.plugin", "builtin.PKI-DH"},
             {"dds.sec.access.plugin", "builtin.Access-Permissions"},
             {"dds.sec.crypto.plugin", "builtin.AES-GCM-GMAC"},
             {auth + "identity_ca", at + "identity_ca.cert.pem"},
             {auth + "identity_certificate", at + "cert.pem"},
             {auth + "identity_crl", at + "crl.pem"},
             {auth + "private_key", at + "key.pem"},
             {access + "permissions_ca", at + "permissions_ca.cert.pem"},
             {access + "governance", at + "governance.p7s"},
             {access + "permissions", at + "permissions.p7s"}}) {
        qos.properties().properties().emplace_back(name, value);
    }
    return qos;
}

int main(int count, char** arguments) {
    if (count < 5) {
        std::cerr << "peer FOLDER DOMAIN SECONDS pub:TOPIC sub:TOPIC …\n";
        return 2;
    }
    // What the middleware complains of would stand between what is said here.
    Log::ClearConsumers();
    auto* factory = DomainParticipantFactory::get_instance();
    auto* participant = factory->create_participant(std::stoi(arguments[2]), participant_qos(arguments[1]));
    if (participant == nullptr) {
        std::cout << "refused\n";
        return 0;
    }
    TypeSupport type(new ByteType());
    type.register_type(participant);
    auto* publisher = participant->create_publisher(PUBLISHER_QOS_DEFAULT);
    auto* subscriber = participant->create_subscriber(SUBSCRIBER_QOS_DEFAULT);
    std::vector<Endpoint> endpoints;
    for (int i = 4; i < count; ++i) {
        const std::string text = arguments[i], name = text.substr(4);
        auto* topic = participant->create_topic(name, "Byte", TOPIC_QOS_DEFAULT);
        Endpoint endpoint{text, nullptr, nullptr, 0};
        if (text.rfind("pub:", 0) == 0) {
            endpoint.writer = publisher->create_datawriter(topic, DATAWRITER_QOS_DEFAULT);
        } else {
            endpoint.reader = subscriber->create_datareader(topic, DATAREADER_QOS_DEFAULT);
        }
        endpoints.push_back(endpoint);
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(std::stod(arguments[3]));
    std::vector<int> matched(endpoints.size(), 0);
    while (std::chrono::steady_clock::now() < end) {
        for (size_t i = 0; i < endpoints.size(); ++i) {
            auto& endpoint = endpoints[i];
            uint8_t byte = 1;
            SampleInfo info;
            if (endpoint.writer != nullptr) {
                endpoint.writer->write(&byte);
                PublicationMatchedStatus status;
                endpoint.writer->get_publication_matched_status(status);
                matched[i] = std::max(matched[i], status.total_count);
            } else if (endpoint.reader != nullptr) {
                while (endpoint.reader->take_next_sample(&byte, &info) == ReturnCode_t::RETCODE_OK) {
                    endpoint.heard += info.valid_data ? 1 : 0;
                }
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    for (size_t i = 0; i < endpoints.size(); ++i) {
        const auto& endpoint = endpoints[i];
        std::cout << endpoint.topic << ' ';
        if (endpoint.writer == nullptr && endpoint.reader == nullptr) {
            std::cout << "refused\n";
        } else {
            std::cout << (endpoint.writer != nullptr ? matched[i] : endpoint.heard) << '\n';
        }
    }
    participant->delete_contained_entities();
    factory->delete_participant(participant);
    return 0;
}
